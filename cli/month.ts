import { Command } from 'commander';

/** Loaded when it runs: Temporal's client would slow down the commands that need no server. */
async function close(month: string): Promise<void> {
  const { closeMonth } = await import('./close-month.ts');
  await closeMonth(month);
}

/** kuasheng month …: the month's clearing. */
export function monthCommands(): Command {
  return new Command('month')
    .description('月度清算')
    .addCommand(
      new Command('close')
        .argument('<month>', '月份，例如 2026-11')
        .description('按截止时间出清算表，并通知各笔结算已清算；可重复执行')
        .action(close),
    );
}
