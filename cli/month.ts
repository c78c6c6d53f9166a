import type { Client } from '@temporalio/client';
import { SingleBar, Presets } from 'cli-progress';
import type { Command } from 'commander';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMonth, type Month } from '../domain/calendar.ts';
import { clockInChina } from '../workflows/contracts-words.ts';
import type { StatementLine } from '../domain/clearing/statement.ts';
import { sum, toWire, yuan } from '../domain/money.ts';
import { readNames } from '../seeds/names.ts';
import { StartFailure } from '../workers/dev/start-failure.ts';
import {
  centreQueue,
  clearingProgress,
  clearingWorkflowId,
  type ClearingResult,
} from '../workflows/contracts.ts';
import { printColumns } from './columns.ts';
import { aCommand, aGroup } from './command.ts';
import { connect } from './connection.ts';
import { endingWith, fine, type Status } from './ending.ts';
import { insuranceNames } from './names.ts';

/** Shows how many settlements have been told, until the result is there. */
async function follow(client: Client, of: Month, done: () => boolean): Promise<void> {
  const bar = new SingleBar(
    { format: '通知结算 {bar} {value}/{total}', noTTYOutput: false, clearOnComplete: true },
    Presets.shades_classic,
  );
  const handle = client.workflow.getHandle(clearingWorkflowId(of));
  let hasHinted = false;
  bar.start(0, 0);
  while (!done()) {
    const progress = await handle.query(clearingProgress).catch(() => null);
    if (progress) {
      bar.setTotal(progress.settlements);
      bar.update(progress.told);
    } else if (!done() && !hasHinted) {
      console.error('中心进程还没有响应，正在等待；如果系统没有运行，请先执行 npm start。');
      hasHinted = true;
    }
    await sleep(200);
  }
  bar.stop();
}

/** An instant as a clock in China shows it. */

function printStatements(statements: readonly StatementLine[]): void {
  const names = readNames();
  const rows = statements.map((line) => [
    names.place(line.treatingPlace),
    names.place(line.insuredPlace),
    insuranceNames[line.insuranceType],
    line.settlements,
    ...[line.total, line.fundTotal, line.personalAccount, line.owed],
  ]);
  const total = (of: 'total' | 'fundTotal' | 'personalAccount' | 'owed'): string =>
    toWire(sum(statements.map((line) => yuan(line[of]))));
  const count = statements.reduce((all, line) => all + line.settlements, 0);
  const totals = [total('total'), total('fundTotal'), total('personalAccount'), total('owed')];
  printColumns(
    ['left', 'left', 'left', 'right', 'right', 'right', 'right', 'right'],
    [
      ['就医地', '参保地', '险种', '笔数', '医疗费总额', '基金支付', '个人账户', '应付合计'],
      ...rows,
      ['合计', '', '', count, ...totals],
    ],
  );
}

async function closeMonth(month: string): Promise<Status> {
  if (!isMonth(month)) {
    throw new StartFailure(`月份应写成 2026-11 的样子，收到「${month}」，请更正后再执行。`);
  }
  const connection = await connect();
  const { client } = connection;
  try {
    const handle = await client.workflow.start('clearing', {
      workflowId: clearingWorkflowId(month),
      taskQueue: centreQueue,
      args: [month],
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      staticSummary: `${month} 清算`,
    });
    console.log(
      `${month} 清算已开始（${handle.workflowId}）；中断后可以再次执行，已完成的不会重做。`,
    );
    let done = false;
    const result = (handle.result() as Promise<ClearingResult>).finally(() => {
      done = true;
    });
    const [cleared] = await Promise.all([result, follow(client, month, () => done)]);
    if (!cleared.ok) throw new StartFailure(`${month} 还没有开始，不能清算；请等到当月再执行。`);
    console.log(
      `截止时间 ${clockInChina(cleared.cutAt)}（北京时间）；已通知 ${cleared.told} 笔结算。`,
    );
    if (cleared.statements.length === 0) console.log('本月没有需要清算的结算。');
    else printStatements(cleared.statements);
    return fine;
  } finally {
    await connection.close();
  }
}

/** kuasheng month …: the month's clearing. */
export function monthCommands(): Command {
  return aGroup('month')
    .description('月度清算')
    .addCommand(
      aCommand('close')
        .argument('<月份>', '例如 2026-11')
        .description('按截止时间出清算表，并通知各笔结算已清算；可重复执行')
        .action(endingWith(closeMonth)),
    );
}
