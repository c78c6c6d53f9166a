import { Presets, SingleBar } from 'cli-progress';
import { Command } from 'commander';
import type { Database } from '../db/database.ts';
import { findDifferences, personSlices, readExtent, type Difference } from '../db/verification.ts';
import { isPlaceCode, type PlaceCode } from '../domain/identifiers.ts';
import { add, toWire, yuan, zero, type Yuan } from '../domain/money.ts';
import { readNames } from '../seeds/names.ts';
import { StartFailure } from '../workers/dev/start-failure.ts';
import { readSettings } from '../workers/settings.ts';
import { printColumns } from './columns.ts';
import { withDatabase } from './connection.ts';
import { aCommand, endingWith, fine, found } from './ending.ts';

const personsPerSlice = 10_000;

/** Verifies slice after slice of the persons, and shows how far it is. */
async function verifyAll(database: Database): Promise<Difference[]> {
  const slices = await personSlices(database, personsPerSlice);
  const bar = new SingleBar(
    { format: '核对 {bar} {value}/{total}', noTTYOutput: false, clearOnComplete: true },
    Presets.shades_classic,
  );
  bar.start(slices.length, 0);
  const differences: Difference[] = [];
  try {
    for (const slice of slices) {
      differences.push(...(await findDifferences(database, slice)));
      bar.increment();
    }
  } finally {
    bar.stop();
  }
  return differences;
}

interface Summed {
  what: string[];
  persons: number;
  stored: Yuan;
  computed: Yuan;
}
const whatOf = ({ name, period, key }: Difference): string[] =>
  name === 'personal account' ? ['个人账户', '', ''] : [name, period, key];

/** Without anything that tells who it is. */
function printSummed(differences: readonly Difference[]): void {
  const summed = new Map<string, Summed>();
  for (const difference of differences) {
    const what = whatOf(difference);
    const same = summed.get(what.join(' '));
    const { persons, stored, computed } = same ?? { persons: 0, stored: zero, computed: zero };
    summed.set(what.join(' '), {
      what,
      persons: persons + 1,
      stored: add(stored, yuan(difference.stored)),
      computed: add(computed, yuan(difference.computed)),
    });
  }
  printColumns(
    ['left', 'left', 'left', 'right', 'right', 'right'],
    [
      ['累计', '期间', '范围', '人数', '账上合计', '重算合计'],
      ...[...summed.values()].map(({ what, persons, stored, computed }) => [
        ...what,
        persons,
        toWire(stored),
        toWire(computed),
      ]),
    ],
  );
}

function printPersons(differences: readonly Difference[]): void {
  printColumns(
    ['left', 'left', 'left', 'left', 'right', 'right'],
    [
      ['人员编号', '累计', '期间', '范围', '账上', '重算'],
      ...differences.map((each) => [each.person, ...whatOf(each), each.stored, each.computed]),
    ],
  );
}

interface VerifyOptions {
  place?: string;
  persons?: boolean;
}

function placesOf({ place }: VerifyOptions): PlaceCode[] {
  if (place === undefined) return readSettings(process.env).KUASHENG_PLACES;
  if (!isPlaceCode(place)) {
    throw new StartFailure(`参保地应写成 510000 的样子，收到「${place}」，请更正后再执行。`);
  }
  return [place];
}

/** @returns whether everything is as openings and settlements say */
async function verifyPlace(place: PlaceCode, { persons = false }: VerifyOptions): Promise<boolean> {
  const where = `${readNames().place(place)}（${place}）`;
  return withDatabase(`place_${place}`, async (database) => {
    const extent = await readExtent(database);
    const differences = await verifyAll(database);
    const checked = `${where}：${extent.persons} 人、${extent.accumulators} 项累计`;
    if (extent.accountsWithoutOpening > 0) {
      console.log(`${where}：${extent.accountsWithoutOpening} 个个人账户没有期初余额，未核对。`);
    }
    if (differences.length === 0) {
      console.log(`${checked}，账上与期初加各笔结算一致。`);
      return true;
    }
    console.log(`${checked}，其中 ${differences.length} 项账上与期初加各笔结算不一致：`);
    if (persons) printPersons(differences);
    else printSummed(differences);
    return false;
  });
}

async function verify(options: VerifyOptions): Promise<number> {
  let isClean = true;
  for (const place of placesOf(options)) {
    isClean = (await verifyPlace(place, options)) && isClean;
  }
  if (isClean) return fine;
  console.log('请查明原因再更正；在此之前，新的结算仍按账上的累计计算。');
  return found;
}

/** kuasheng accumulators …: what persons have used in a period. */
export function accumulatorCommands(): Command {
  return new Command('accumulators')
    .description('参保地的累计')
    .addCommand(
      aCommand('verify')
        .option('--place <place>', '参保地，例如 510000；不写则核对本系统服务的各地')
        .option('--persons', '逐人列出（含人员编号）')
        .description('用期初和各笔结算重算累计和个人账户，与账上比较；一致为 0，不一致为 1')
        .action(endingWith(verify)),
    );
}
