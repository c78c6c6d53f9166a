import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../db/database.ts';
import { publishPolicy, readHistory, readPolicyTexts, type Published } from '../../db/policies.ts';
import { seedPlace } from '../../db/seeding.ts';
import { day } from '../../domain/calendar.ts';
import type { Calculation } from '../../domain/settlement.ts';
import type { PolicyFile } from '../../seeds/policy-file.ts';
import { aPlainPool, aRuleText } from '../builders.ts';
import { cloneDatabases, type Databases } from '../system.ts';
import { countOf, partiesOf, refusalOf, rowsOf, valueOf } from './steps.ts';
import { anOrderOf, aPersonWithAccount, aPolicyFile, bareRegion, noRows } from './twins.ts';

let databases: Databases;
let sichuan: Database;
beforeAll(async () => {
  databases = await cloneDatabases('publish');
  sichuan = databases.place('510000');
});
afterAll(() => databases.drop());
beforeEach(() => sichuan.query('delete from policy where region = $1', [bareRegion]));

const from = (text: string, share = '0.80') =>
  aRuleText({ inForceFrom: day(text), pool: aPlainPool(share) });
const publish = (file: PolicyFile, mode?: 'store' | 'try', by = '张三'): Promise<Published> =>
  publishPolicy(sichuan, { ...file, by }, mode);
const versions = () =>
  rowsOf(
    sichuan,
    'select version, hash, published_by, source_text from policy where region = $1 order by version',
    [bareRegion],
  );
/** Today in China, by the database's clock. */
async function todayOf(): Promise<string> {
  const [row] = await rowsOf(sichuan, `select (now() at time zone 'Asia/Shanghai')::date as today`);
  return String(row?.['today']);
}
const first = aPolicyFile([from('2022-01-01')]);
const coming = aPolicyFile([from('2022-01-01'), from('2098-01-01', '0.90')]);
const other = aPolicyFile([from('2022-01-01'), from('2099-01-01', '0.70')]);

/** A load of seeds that have nothing but this policy. */
const seedWith = ({ policy, hash, text }: PolicyFile) => {
  const { region } = policy;
  return seedPlace(sichuan, { ...noRows, policies: [{ region, hash, body: policy, text }] });
};

describe('publishing', () => {
  it('stores each version with its hash, who and the file word for word', async () => {
    expect(await publish(first)).toEqual({ kind: 'published', version: 1 });
    expect(await publish(coming, 'store', '李四')).toEqual({ kind: 'published', version: 2 });
    expect(await versions()).toEqual([
      { version: 1, hash: first.hash, published_by: '张三', source_text: first.text },
      { version: 2, hash: coming.hash, published_by: '李四', source_text: coming.text },
    ]);
    const [, newest] = await readHistory(sichuan, bareRegion);
    expect(newest).toMatchObject({
      region: '510300',
      version: 2,
      name: '自贡市',
      publishedBy: '李四',
      hash: coming.hash,
      firstDays: ['2022-01-01', '2098-01-01'],
    });
    expect(await readPolicyTexts(sichuan, coming.hash.slice(0, 12))).toEqual([
      { hash: coming.hash, text: coming.text },
    ]);
  });

  it('is what the next settlement is computed by', async () => {
    const person = await aPersonWithAccount(sichuan);
    const insured = partiesOf(databases).insured();
    const refused = await insured.calculate(anOrderOf(person));
    expect(refusalOf(refused)?.reason).toBe('no-policy-in-force');
    await publish(first);
    const { benefit, policy } = valueOf<Calculation>(await insured.calculate(anOrderOf(person)));
    expect(benefit.fundTotal).toBe('240.00');
    expect(policy).toEqual({ inForceFrom: '2022-01-01', hash: first.hash });
  });

  it('while settlements are calculated: each is computed by one version whole, and keeps its hash', async () => {
    await publish(first);
    const today = await todayOf();
    const shares = ['0.81', '0.82', '0.83', '0.84', '0.85'];
    const files = shares.map((share) => aPolicyFile([from('2022-01-01'), from(today, share)]));
    const fundBy = new Map([[first.hash, '240.00']]);
    files.forEach(({ hash }, index) =>
      fundBy.set(hash, ['243.00', '246.00', '249.00', '252.00', '255.00'][index] ?? ''),
    );
    const persons = await Promise.all(shares.map(() => aPersonWithAccount(sichuan)));
    const insured = partiesOf(databases).insured();
    const calculations: Calculation[] = [];
    const settling = persons.map(async (person) => {
      for (let visit = 0; visit < 6; visit += 1) {
        const order = anOrderOf(person, undefined, { visitedOn: day(today) });
        calculations.push(valueOf<Calculation>(await insured.calculate(order)));
      }
    });
    for (const file of files) await publish(file);
    await Promise.all(settling);
    expect(calculations).toHaveLength(30);
    for (const { benefit, policy } of calculations) {
      expect(benefit.fundTotal).toBe(fundBy.get(policy.hash));
    }
    const later = anOrderOf(await aPersonWithAccount(sichuan), undefined, {
      visitedOn: day(today),
    });
    const { policy } = valueOf<Calculation>(await insured.calculate(later));
    expect(policy).toEqual({ inForceFrom: today, hash: files[4]?.hash });
    const unexplained = `calculation c where person = any($1) and not exists (select from policy p
      where p.hash = c.policy_hash and p.published_at <= c.calculated_at)`;
    expect(await countOf(sichuan, unexplained, [persons])).toBe(0);
  });

  it('the very same file again stores nothing', async () => {
    await publish(first);
    expect(await publish(first, 'store', '李四')).toEqual({ kind: 'unchanged', version: 1 });
    expect(await versions()).toHaveLength(1);
  });

  it('an older file again is a new version', async () => {
    await publish(first);
    await publish(coming);
    expect(await publish(first)).toEqual({ kind: 'published', version: 3 });
  });

  it('what would change a past day is refused, and nothing is stored', async () => {
    await publish(first);
    const changed = aPolicyFile([from('2022-01-01'), from('2024-07-01', '0.85')]);
    expect(await publish(changed)).toEqual({
      kind: 'refused',
      changes: [{ insuranceType: '310', disease: 'M03900', firstOn: '2024-07-01' }],
    });
    expect(await versions()).toHaveLength(1);
  });

  it('today is not past, and yesterday is, by the clock of China', async () => {
    await publish(first);
    const [row] = await rowsOf(
      sichuan,
      `select (now() at time zone 'Asia/Shanghai')::date::text as today,
         ((now() at time zone 'Asia/Shanghai')::date - 1)::text as yesterday`,
    );
    const on = (text: unknown) => aPolicyFile([from('2022-01-01'), from(String(text), '0.85')]);
    const refused = await publish(on(row?.['yesterday']), 'try');
    expect(refused.kind).toBe('refused');
    expect(await publish(on(row?.['today']), 'try')).toEqual({ kind: 'published', version: 2 });
  });

  it('on trial says what would come of it, and stores nothing', async () => {
    expect(await publish(first, 'try')).toEqual({ kind: 'published', version: 1 });
    expect(await versions()).toEqual([]);
  });

  it('by several at once gives each a version, and loses none', async () => {
    await publish(first);
    const files = ['2091', '2092', '2093', '2094'].map((year) =>
      aPolicyFile([from('2022-01-01'), from(`${year}-01-01`, '0.90')]),
    );
    const published = await Promise.all(files.map((file) => publish(file)));
    expect(published.map((each) => 'version' in each && each.version).toSorted()).toEqual([
      2, 3, 4, 5,
    ]);
    const stored = new Set((await versions()).map(({ hash }) => hash));
    expect(files.every(({ hash }) => stored.has(hash))).toBe(true);
  });

  it('one file by several at once is one version', async () => {
    await Promise.all(Array.from({ length: 4 }, () => publish(first)));
    expect(await versions()).toHaveLength(1);
  });
});

describe('the seeds', () => {
  it('store versions while nobody has published, and keep their text', async () => {
    expect((await seedWith(first)).policyVersions).toBe(1);
    expect((await seedWith(first)).policyVersions).toBe(0);
    expect((await seedWith(coming)).policyVersions).toBe(1);
    expect((await versions()).map((row) => [row['published_by'], row['source_text']])).toEqual([
      ['seed', first.text],
      ['seed', coming.text],
    ]);
  });

  it('never replace what was published', async () => {
    await seedWith(first);
    expect(await publish(coming)).toEqual({ kind: 'published', version: 2 });
    expect((await seedWith(other)).policyVersions).toBe(0);
    expect((await versions()).map(({ hash }) => hash)).toEqual([first.hash, coming.hash]);
  });

  it('loaded while somebody publishes, come before it or not at all', async () => {
    for (const attempt of [0, 1, 2, 3]) {
      await sichuan.query('delete from policy where region = $1', [bareRegion]);
      await Promise.all(
        attempt % 2 === 0 ? [seedWith(first), publish(coming)] : [publish(coming), seedWith(first)],
      );
      const stored = await versions();
      expect(stored.at(-1)?.['hash']).toBe(coming.hash);
      expect(stored.map(({ version }) => version)).toEqual(stored.length === 1 ? [1] : [1, 2]);
    }
    expect(await countOf(sichuan, `policy where region = '510300' and source_text is null`)).toBe(
      0,
    );
  });
});
