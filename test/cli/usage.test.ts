import type { Command } from 'commander';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { monthCommands } from '../../cli/month.ts';
import { policyCommands } from '../../cli/policy.ts';
import { runProcess } from './samples.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

class Exit extends Error {}
/** How the command ends that was called with the words, and what it printed. */
async function call(command: Command, words: string) {
  const [output, errors]: [string[], string[]] = [[], []];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => output.push(String(text)) > 0);
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => errors.push(String(text)) > 0);
  vi.spyOn(process, 'exit').mockImplementation((status) => {
    throw new Exit(String(status));
  });
  const status = await command.parseAsync(words.split(' '), { from: 'user' }).then(
    () => 'ran',
    (error: unknown) => (error instanceof Exit ? Number(error.message) : error),
  );
  return { status, output: output.join(''), errors: errors.join('') };
}

describe('a command that is called wrongly says so in Chinese, with status 2', () => {
  test.each([
    [
      'a command that is none',
      'publich',
      '没有命令 publich，是不是要写 publish；请更正后再执行，用法见 policy --help。\n',
    ],
    [
      'an option that is like none',
      'check --zzzzzzzz',
      '没有选项 --zzzzzzzz；请更正后再执行，用法见 policy check --help。\n',
    ],
    [
      'an option that is like two',
      'history --re',
      '没有选项 --re；请更正后再执行，用法见 policy history --help。\n',
    ],
    [
      'an option without its value',
      'publish x.yaml --by',
      '--by <发布人> 后面没有写值；请更正后再执行，用法见 policy publish --help。\n',
    ],
    [
      'an option that is needed',
      'publish x.yaml',
      '缺少 --by <发布人>；请更正后再执行，用法见 policy publish --help。\n',
    ],
    [
      'an option that is like one',
      'quote --policy p.yaml --bill b.yaml --scop s',
      '没有选项 --scop，是不是要写 --scope；请更正后再执行，用法见 policy quote --help。\n',
    ],
    [
      'a file that is needed',
      'quote --policy p.yaml',
      '缺少 --bill <文件>；请更正后再执行，用法见 policy quote --help。\n',
    ],
    [
      'a folder that is needed',
      'diff one.yaml other.yaml',
      '缺少 --bills <文件夹>；请更正后再执行，用法见 policy diff --help。\n',
    ],
  ])('%s', async (_, words, errors) => {
    expect(await call(await policyCommands(), words)).toEqual({ status: 2, output: '', errors });
  });
  test.each([
    ['an argument left out', 'close', '缺少 <月份>'],
    ['an argument too many', 'close 2026-10 2026-11', '这里只能写 1 项，写了 2 项'],
  ])('%s', async (_, words, said) => {
    const errors = `${said}；请更正后再执行，用法见 month close --help。\n`;
    expect(await call(monthCommands(), words)).toEqual({ status: 2, output: '', errors });
  });

  test('a group that is none, as a process of its own', async () => {
    expect(await runProcess(['polcy', 'check'])).toEqual({
      status: 2,
      output: '',
      errors: '没有命令 polcy，是不是要写 policy；请更正后再执行，用法见 kuasheng --help。\n',
    });
  });
});

describe('the help is Chinese', () => {
  test('of everything, on standard error and with status 2 when nothing was asked for', async () => {
    const help = `用法： kuasheng [选项] [命令]

跨省：门诊慢特病跨省直接结算的命令

选项：
  -h, --help                 显示用法

命令：
  accumulators               参保地的累计
  explain [选项] <结算编号>  说明一笔结算：每一分钱由谁支付、依据什么
  why <结算编号>             一笔结算在等谁、为什么、到何时、怎么办
  maintenance                停机维护
  month                      月度清算
  policy                     统筹区待遇政策
  release                    流程程序的版本
  reverse [选项] <结算编号>  撤销一笔结算；没有结算的请求从此不再结算；可重复执行
  help [命令]                显示一个命令的用法
`;
    expect(await runProcess([])).toEqual({ status: 2, output: '', errors: help });
  });
  test('of one, with what is taken when an argument is left out', async () => {
    const { status, output } = await call(await policyCommands(), 'help schema');
    expect(status).toBe(0);
    expect(output).toBe(`用法： policy schema [选项] [哪种文件]

打印文件格式（JSON Schema），供编辑器补全和检查

参数：
  哪种文件    policy、scope、bill、person、cases （不写为 policy）

选项：
  -h, --help  显示用法
`);
  });
  test.each(['check', 'quote', 'test', 'diff', 'publish', 'history', 'schema'])(
    '%s has no heading in English',
    async (name) => {
      const { status, output } = await call(await policyCommands(), `${name} --help`);
      expect(status).toBe(0);
      expect(output.startsWith(`用法： policy ${name} [选项]`)).toBe(true);
      expect(output).not.toMatch(/usage|options|arguments|commands|default|display|\[command\]/i);
    },
  );
});
