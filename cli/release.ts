import { clockInChina } from '../workflows/contracts-words.ts';
import type { Client } from '@temporalio/client';
import type { Command } from 'commander';
import { StartFailure } from '../workers/dev/start-failure.ts';
import { buildWorkflows } from '../workers/build.ts';
import { makeCurrent } from '../workers/release.ts';
import { printColumns } from './columns.ts';
import { aCommand, aGroup } from './command.ts';
import { connect } from './connection.ts';
import { endingWith, fine, found, type Status } from './ending.ts';
import { readReleases, type Release } from './releases.ts';

async function withClient<T>(work: (client: Client) => Promise<T>): Promise<T> {
  const connection = await connect();
  try {
    return await work(connection.client);
  } finally {
    await connection.close();
  }
}

const patienceSeconds = 60;

async function current(given: string | undefined): Promise<Status> {
  const build = given ?? (await buildWorkflows()).id;
  const wait = patienceSeconds * 1000;
  if (!(await withClient((client) => makeCurrent(client, build, wait)))) {
    throw new StartFailure(
      `${patienceSeconds} 秒内没有见到版本 ${build} 的中心进程：请先启动它，再执行一次；正在运行的版本见 release show。`,
    );
  }
  console.log(`现行版本是 ${build}；新的和在途的结算都由它继续。`);
  return fine;
}

const inChina = (at: Date | null): string => (at === null ? '' : clockInChina(at.getTime()));
const isOfUse = ({ isCurrent, polledAt, open }: Release): boolean =>
  isCurrent || polledAt !== null || open > 0;
const rowOf = (release: Release): string[] => [
  release.build ?? '没有版本',
  release.isCurrent ? '现行' : '',
  inChina(release.since),
  release.polledAt === null ? '没有' : inChina(release.polledAt),
  String(release.open),
  release.openBefore === null ? '' : String(release.openBefore),
];

/** What is wrong, and what to do; null when work goes to a build whose workers are there. */
export function complaint(releases: readonly Release[]): string | null {
  const now = releases.find(({ isCurrent }) => isCurrent);
  if (!now) return '没有现行版本，新的结算不会开始：请执行 release current。';
  if (now.polledAt !== null) return null;
  return `近 5 分钟没有见到现行版本 ${now.build ?? ''} 的中心进程，结算都在等待：请启动它，或用 release current 换成正在运行的版本。`;
}

async function show(): Promise<Status> {
  const releases = await withClient(readReleases);
  printColumns(
    ['left', 'left', 'left', 'left', 'right', 'right'],
    [
      ['版本', '现行', '首次现行', '最近见到中心进程', '未结束的执行', '在它之前开始的'],
      ...releases.filter(isOfUse).map(rowOf),
    ],
  );
  const said = complaint(releases);
  if (said !== null) console.error(said);
  return said === null ? fine : found;
}

/** kuasheng release …: which build of the centre's workflows goes on with settlements. */
export function releaseCommands(): Command {
  return aGroup('release')
    .description('流程程序的版本')
    .addCommand(
      aCommand('current')
        .argument('[版本]', '例如 0.1.0-ab12cd34ef56；不写则为本安装的版本')
        .description('等到这个版本的中心进程出现，然后让它成为现行版本；可重复执行')
        .action(endingWith(current)),
    )
    .addCommand(
      aCommand('show')
        .description('列出各版本：哪个现行、中心进程是否在、还有多少执行没有结束')
        .action(endingWith(show)),
    );
}
