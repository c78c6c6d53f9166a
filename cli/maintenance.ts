import type { Command } from 'commander';
import { readWindows } from '../db/maintenance.ts';
import { isPlaceCode } from '../domain/identifiers.ts';
import {
  instant,
  isMaintenanceMessage,
  isMaintenanceService,
  maintenanceServices,
  type Instant,
  type MaintenanceParty,
  type MaintenanceService,
  type MaintenanceWindow,
} from '../domain/maintenance.ts';
import type { MaintenanceDesk } from '../gateway/maintenance.ts';
import { readNames } from '../seeds/names.ts';
import { StartFailure } from '../workers/dev/start-failure.ts';
import { maintenanceDesk } from '../workers/maintenance-desk.ts';
import { readSettings } from '../workers/settings.ts';
import { printColumns } from './columns.ts';
import { connect } from './connection.ts';
import { withDatabase } from './databases.ts';
import { aCommand, aGroup } from './command.ts';
import { endingWith, fine, found, type Status } from './ending.ts';

const serviceNames: Record<MaintenanceService, string> = {
  settlement: '结算',
  reversal: '撤销',
  registry: '信息上传',
  clearing: '清算',
};
const names = readNames();
const partyName = (party: MaintenanceParty): string =>
  party === 'centre' ? '国家平台' : names.place(party);

/** An instant as a clock in China shows it, to the minute. */
const inChina = (at: Instant): string =>
  new Date(Date.parse(at) + 8 * 3_600_000).toISOString().slice(0, 16).replace('T', ' ');

/** Reads `2026-11-22 22:00` as a clock in China shows it, or `now`. */
function readInstant(text: string, option: string): Instant {
  if (text === 'now') return instant(new Date().toISOString());
  const wrong = () =>
    new StartFailure(
      `${option} 应写成北京时间 "2026-11-22 22:00" 的样子，收到「${text}」，请更正后再执行。`,
    );
  if (!/^\d{4}-\d\d-\d\d \d\d:\d\d$/.test(text)) throw wrong();
  const milliseconds = Date.parse(`${text.replace(' ', 'T')}:00.000+08:00`);
  if (Number.isNaN(milliseconds)) throw wrong();
  const read = instant(new Date(milliseconds).toISOString());
  if (inChina(read) !== text) throw wrong(); // a day that the calendar does not have
  return read;
}
function readParty(text: string): MaintenanceParty {
  if (text === 'centre' || isPlaceCode(text)) return text;
  throw new StartFailure(
    `--party 应写成 510000 的样子，或写 centre，收到「${text}」，请更正后再执行。`,
  );
}
function readServices(text: string): MaintenanceService[] {
  const words = text.split(',').map((word) => word.trim());
  const services = words.filter(isMaintenanceService);
  if (services.length === words.length) return [...new Set(services)];
  const known = maintenanceServices.join('、');
  throw new StartFailure(
    `--services 只能是 ${known}（用逗号分开），收到「${text}」，请更正后再执行。`,
  );
}

/** Works at a party's desk: its own database, and Temporal to tell the others. */
async function atDesk<T>(
  party: MaintenanceParty,
  work: (desk: MaintenanceDesk) => Promise<T>,
): Promise<T> {
  const connection = await connect();
  try {
    return await withDatabase(party === 'centre' ? 'centre' : `place_${party}`, (database) =>
      work(maintenanceDesk(connection.client, party, database)),
    );
  } finally {
    await connection.close();
  }
}

const servicesText = ({ services }: MaintenanceWindow): string =>
  services.length === maintenanceServices.length
    ? '全部'
    : services.map((service) => serviceNames[service]).join('、');
const spanText = ({ from, to }: MaintenanceWindow): string =>
  `${inChina(from)} 至 ${to === null ? '另行通知' : inChina(to)}`;
const tellText = (what: string, window: MaintenanceWindow): string =>
  `${what} ${window.id}：${partyName(window.party)}，${servicesText(window)}，${spanText(window)}（北京时间）。`;

interface AnnounceOptions {
  party: string;
  from: string;
  to?: string;
  services?: string;
  message: string;
  by: string;
}

async function announce(options: AnnounceOptions): Promise<Status> {
  const { message, by } = options;
  const party = readParty(options.party);
  const services = options.services ? readServices(options.services) : maintenanceServices;
  const from = readInstant(options.from, '--from');
  const to = options.to === undefined ? null : readInstant(options.to, '--to');
  if (to !== null && to <= from) {
    throw new StartFailure('--to 必须晚于 --from，请更正后再执行。');
  }
  if (!isMaintenanceMessage(message)) {
    throw new StartFailure('--message 应是 1 到 60 个字的一行，请更正后再执行。');
  }
  const announced = await atDesk(party, (desk) =>
    desk.announce({ services, from, to, message, by }),
  );
  console.log(tellText('已登记停机公告', announced.window));
  console.log('正在告知国家平台和各地；停机期间在途的结算会等待，恢复后自动继续。');
  return fine;
}

function partyOf(id: string): MaintenanceParty {
  const [party = ''] = id.split('-');
  if (party === 'centre' || isPlaceCode(party)) return party;
  throw new StartFailure(`公告编号应写成 510000-1 的样子，收到「${id}」，请更正后再执行。`);
}
function printChanged(
  what: string,
  id: string,
  changed: { window: MaintenanceWindow } | null,
): Status {
  if (changed) console.log(tellText(what, changed.window));
  else {
    console.error(
      `没有停机公告 ${id}，或它已经结束，或新的结束时间太早：请用 maintenance list 查看。`,
    );
  }
  return changed ? fine : found;
}

async function prolong(id: string, options: { to: string; by: string }): Promise<Status> {
  const to = readInstant(options.to, '--to');
  const changed = await atDesk(partyOf(id), (desk) => desk.prolong({ id, to, by: options.by }));
  return printChanged('已改结束时间', id, changed);
}

async function close(id: string, { by }: { by: string }): Promise<Status> {
  const closed = await atDesk(partyOf(id), (desk) => desk.close({ id, by }));
  if (closed) console.log('正在唤醒等待中的结算。');
  return printChanged('已结束停机', id, closed);
}

async function list({ party }: { party?: string }): Promise<Status> {
  const [first] = readSettings(process.env).KUASHENG_PLACES;
  const at = party === undefined ? (first ?? 'centre') : readParty(party);
  const windows = await withDatabase(at === 'centre' ? 'centre' : `place_${at}`, readWindows);
  if (windows.length === 0) {
    console.log(`${partyName(at)}所知：目前没有停机公告。`);
    return fine;
  }
  printColumns(
    ['left', 'left', 'left', 'left', 'left'],
    [
      ['编号', '谁', '停什么', '时间（北京时间）', '说明'],
      ...windows.map((window) => [
        window.id,
        partyName(window.party),
        servicesText(window),
        spanText(window),
        window.message,
      ]),
    ],
  );
  return fine;
}

/** kuasheng maintenance …: who is in maintenance (停机维护), and until when. */
export function maintenanceCommands(): Command {
  return aGroup('maintenance')
    .description('停机维护')
    .addCommand(
      aCommand('announce')
        .requiredOption('--party <party>', '谁停机：区划，例如 510000；或 centre')
        .requiredOption('--from <time>', '开始，北京时间，例如 "2026-11-22 22:00"；或 now')
        .option('--to <time>', '结束，北京时间；不写则另行通知')
        .option('--services <services>', `停什么：${maintenanceServices.join(',')}；不写则全部`)
        .requiredOption('--message <text>', '给人看的说明，不超过 60 个字')
        .requiredOption('--by <name>', '谁登记')
        .description('登记停机公告，并告知国家平台和各地')
        .action(endingWith(announce)),
    )
    .addCommand(
      aCommand('prolong')
        .argument('<id>', '公告编号')
        .requiredOption('--to <time>', '新的结束时间，北京时间')
        .requiredOption('--by <name>', '谁改')
        .description('改停机的结束时间')
        .action(endingWith(prolong)),
    )
    .addCommand(
      aCommand('close')
        .argument('<id>', '公告编号')
        .requiredOption('--by <name>', '谁结束')
        .description('提前结束停机，并唤醒等待中的结算')
        .action(endingWith(close)),
    )
    .addCommand(
      aCommand('list')
        .option('--party <party>', '在谁那里看；不写则看本系统服务的第一个地方')
        .description('列出尚未结束的停机公告，包括其他各方的')
        .action(endingWith(list)),
    );
}
