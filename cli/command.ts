import { Command, Help } from 'commander';
import { cannotRun, fine } from './ending.ts';

/** What commander says itself, in Chinese: its help, and how a command was called wrongly. */

const titles: Readonly<Record<string, string>> = {
  'Usage:': '用法：',
  'Arguments:': '参数：',
  'Options:': '选项：',
  'Commands:': '命令：',
};
const localized = (text: string): string =>
  text
    .replace('[options]', '[选项]')
    .replace('[command]', '[命令]')
    .replace(/\(default: "?(.*?)"?\)$/, '（不写为 $1）');
const plain = new Help();
const wide = /[\u2e80-\uffe6]/g; // take two columns of a terminal
const helpInChinese: Partial<Help> = {
  displayWidth: (text) => text.length + (text.match(wide)?.length ?? 0),
  styleTitle: (title) => titles[title] ?? title,
  commandUsage: (command) => localized(plain.commandUsage(command)),
  subcommandTerm: (command) => localized(plain.subcommandTerm(command)),
  optionDescription: (option) => localized(plain.optionDescription(option)),
  argumentDescription: (argument) => localized(plain.argumentDescription(argument)),
};

const sentences: readonly [RegExp, string][] = [
  [/^error: unknown command '(.+?)'/, '没有命令 $1'],
  [/^error: unknown option '(.+?)'/, '没有选项 $1'],
  [/^error: required option '(.+)' not specified/, '缺少 $1'],
  [/^error: option '(.+)' argument missing/, '$1 后面没有写值'],
  [/^error: missing required argument '(.+)'/, '缺少 <$1>'],
  [/^error: too many arguments.*Expected (\d+) .*got (\d+)\./, '这里只能写 $1 项，写了 $2 项'],
];
function sentenceOf(error: string): string {
  const [first = ''] = error.split('\n');
  const known = sentences.find(([pattern]) => pattern.test(first));
  const said = known ? first.replace(...known) : `命令写得不对（${first}）`;
  const meant = /\(Did you mean (?:one of )?(.+)\?\)/.exec(error)?.[1];
  return meant === undefined ? said : `${said}，是不是要写 ${meant.replaceAll(', ', '、')}`;
}
const calledAs = (command: Command): string =>
  command.parent ? `${calledAs(command.parent)} ${command.name()}` : command.name();

/** A command that speaks Chinese, and ends with `cannotRun` when it is called wrongly. */
export function aCommand(name: string): Command {
  const command = new Command(name);
  return command
    .helpOption('-h, --help', '显示用法')
    .configureHelp(helpInChinese)
    .configureOutput({
      outputError: (error, write) => {
        write(`${sentenceOf(error)}；请更正后再执行，用法见 ${calledAs(command)} --help。\n`);
      },
    })
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? fine : cannotRun));
}

/** A command that has commands. */
export const aGroup = (name: string): Command =>
  aCommand(name).helpCommand('help [命令]', '显示一个命令的用法');
