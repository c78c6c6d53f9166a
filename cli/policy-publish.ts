import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import {
  publishPolicy,
  readHistory,
  readPolicyTexts,
  seedPublisher,
  type PolicyVersion,
  type Published,
} from '../db/policies.ts';
import { isRegionCode, placeOf, type Disease, type PlaceCode } from '../domain/identifiers.ts';
import type { PastChange } from '../domain/insured-place/publication.ts';
import { readNames } from '../seeds/names.ts';
import { parsePolicyFile, type PolicyFile } from '../seeds/policy-file.ts';
import { StartFailure } from '../workers/dev/start-failure.ts';
import { readSettings } from '../workers/settings.ts';
import { printColumns } from './columns.ts';
import { withDatabase } from './connection.ts';
import { aCommand, endingWith, fine, found } from './ending.ts';
import { insuranceNames } from './insurance-names.ts';

const longestName = 60;

/** Reads a policy file of the folder in which the command was called. */
async function readPolicyFile(file: string): Promise<PolicyFile> {
  try {
    const text = await readFile(path.resolve(process.env['INIT_CWD'] ?? '.', file), 'utf8');
    return parsePolicyFile(text, file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new StartFailure(`读不到政策文件 ${file}（${code}），请核对文件名后再执行。`);
  }
}

function publisherOf(name: string): string {
  const by = name.trim();
  const isPlain = by !== '' && Array.from(by).length <= longestName && !/\p{Cc}/u.test(by);
  if (!isPlain)
    throw new StartFailure(`--by 应写发布人，1 到 ${longestName} 个字，请更正后再执行。`);
  if (by === seedPublisher) {
    throw new StartFailure('--by 不能写 seed，它表示随系统带来的政策；请写发布人的姓名或单位。');
  }
  return by;
}

const diseaseName = (disease: Disease): string =>
  disease === 'none' ? '普通门诊' : (readNames().disease(disease) ?? disease);

function printRefused(file: string, changes: readonly PastChange[]): void {
  console.log(`${file} 没有发布：已经过去的日子，其规定不能再改。`);
  printColumns(
    ['left', 'left', 'left', 'left'],
    [
      ['险种', '病种', '名称', '第一个会改变的日子'],
      ...changes.map(({ insuranceType, disease, firstOn }) => [
        insuranceNames[insuranceType],
        disease,
        diseaseName(disease),
        firstOn,
      ]),
    ],
  );
  console.log(
    '请保留原来的条目及其引用的病种组和参数，把新的规定写成从今天或以后施行的条目，再发布。',
  );
}

interface Said {
  file: string;
  isTrial: boolean;
  where: string;
  hash: string;
}
/** @returns the exit status */
function tell(published: Published, { file, isTrial, where, hash }: Said): number {
  switch (published.kind) {
    case 'refused':
      printRefused(file, published.changes);
      return found;
    case 'unchanged':
      console.log(`${where}第 ${published.version} 版就是这个文件，没有重复发布。`);
      return fine;
    case 'published':
      console.log(
        isTrial
          ? `${file} 可以发布为${where}第 ${published.version} 版；这次只是试，没有发布。`
          : `已发布${where}第 ${published.version} 版，各条目从各自的施行日起适用。\n哈希 ${hash}`,
      );
      return fine;
  }
}

interface PublishOptions {
  by: string;
  dryRun?: boolean;
}

async function publish(file: string, { by, dryRun = false }: PublishOptions): Promise<number> {
  const publisher = publisherOf(by);
  const { policy, hash, text } = await readPolicyFile(file);
  const published = await withDatabase(`place_${policy.place}`, (database) =>
    publishPolicy(database, { policy, hash, text, by: publisher }, dryRun ? 'try' : 'store'),
  );
  const where = `${policy.name}（${policy.region}）`;
  return tell(published, { file, isTrial: dryRun, where, hash });
}

/** `publish` of the group `policy`. */
export const publishCommand = (): Command =>
  aCommand('publish')
    .argument('<file>', '政策文件')
    .requiredOption('--by <name>', '发布人')
    .option('--dry-run', '只试，不发布')
    .description('发布一个统筹区的政策：存为新版本；已经过去的日子不会改变')
    .action(endingWith(publish));

interface HistoryOptions {
  region?: string;
  text?: string;
}

/** Places to ask, and the region to ask for; all that this system serves where none is given. */
function askedFor({ region }: HistoryOptions) {
  if (region === undefined) {
    return { places: readSettings(process.env).KUASHENG_PLACES, region: null };
  }
  if (!isRegionCode(region)) {
    throw new StartFailure(`统筹区应写成 510100 的样子，收到「${region}」，请更正后再执行。`);
  }
  return { places: [placeOf(region)], region };
}

function printVersions(versions: readonly PolicyVersion[]): void {
  printColumns(
    ['left', 'left', 'right', 'left', 'left', 'left', 'left'],
    [
      ['统筹区', '名称', '版本', '发布时间', '发布人', '施行日', '哈希'],
      ...versions.map((each) => [
        each.region,
        each.name,
        each.version,
        each.publishedAt,
        each.publishedBy === seedPublisher ? '随系统带来' : each.publishedBy,
        each.firstDays.join('、'),
        each.hash,
      ]),
    ],
  );
}

/** Prints the file with this hash, as it was published. */
async function printText(places: readonly PlaceCode[], hash: string): Promise<number> {
  if (!/^[0-9a-f]{8,64}$/.test(hash)) {
    throw new StartFailure('哈希应写至少前 8 位（0-9、a-f），请更正后再执行。');
  }
  for (const place of places) {
    const texts = await withDatabase(`place_${place}`, (each) => readPolicyTexts(each, hash));
    const [only] = texts;
    if (only === undefined) continue;
    if (texts.length > 1) throw new StartFailure(`哈希 ${hash} 不止一个文件，请写全后再执行。`);
    if (only.text === null) {
      console.error(`哈希 ${only.hash} 的文件原文没有保存（它在保存原文之前入库）。`);
      return found;
    }
    process.stdout.write(only.text);
    return fine;
  }
  console.error(`没有哈希为 ${hash} 的政策文件，请用 kuasheng policy history 核对。`);
  return found;
}

async function history(options: HistoryOptions): Promise<number> {
  const { places, region } = askedFor(options);
  if (options.text !== undefined) return printText(places, options.text);
  const versions: PolicyVersion[] = [];
  for (const place of places) {
    versions.push(...(await withDatabase(`place_${place}`, (each) => readHistory(each, region))));
  }
  if (versions.length > 0) {
    printVersions(versions);
    return fine;
  }
  console.error(region === null ? '还没有任何政策。' : `统筹区 ${region} 还没有政策。`);
  return found;
}

/** `history` of the group `policy`. */
export const historyCommand = (): Command =>
  aCommand('history')
    .option('--region <region>', '统筹区，例如 510100；不写则列出本系统服务的各地')
    .option('--text <hash>', '打印该哈希的政策文件原文')
    .description('列出各版政策：版本、时间、发布人、施行日、哈希')
    .action(endingWith(history));
