import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { printChecked } from '../../cli/policy-check-text.ts';
import { checkPolicies, statusOf } from '../../cli/policy-checked.ts';
import { day } from '../../domain/calendar.ts';
import { readOpenings } from '../../seeds/policy-openings.ts';
import { smallWorld, withWorld } from '../seeds/small-world.ts';
import { runHere } from './samples.ts';

const kuasheng = resolve('kuasheng.mjs');
const rule = (indent: string, from: string): string =>
  [
    `- inForceFrom: ${from}`,
    '  source: illustrative',
    '  area: [{ form: none }]',
    '  pool:',
    '    axis: { accumulator: { per: visit }, bandsFrom: zero }',
    "    ratios: [{ bands: [{ upTo: '1000.00', ratio: '0.80' }, { ratio: '0.90', source: 渝1号 }] }]",
    '    retiree: { form: none }',
    '    limits: []',
    '  layers: []',
    '  account: { pays: [] }',
  ]
    .map((line) => `${indent}${line}`)
    .join('\n');
const whole = `place: '500000'
region: '500000'
name: 重庆市
policies:
  '310':
    M03900: &covered
${rule('      ', '2020-01-01')}
    M01600: *covered
    M00500: *covered
    M07801: *covered
    M08301: *covered
    M08302: *covered
    M08303: *covered
    M08304: *covered
    M08305: *covered
    M08306: *covered
    none: *covered
  '390':
    M03900: &lapsed
      - { inForceFrom: 2020-01-01, source: 渝2号, lapse: 不参加试点 }
    M01600: *lapsed
    M00500: *lapsed
    M07801: *lapsed
    M08301: *lapsed
    M08302: *lapsed
    M08303: *lapsed
    M08304: *lapsed
    M08305: *lapsed
    M08306: *lapsed
    none: *lapsed
`;
const withGap = whole.replace('    M01600: *lapsed\n', '');
const twoFaults = whole.replace("ratio: '0.80'", 'ratio: 0.80').replace('zero', 'one');

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'kuasheng-check-'));
  const texts = { whole, withGap, twoFaults, empty: '\n', notYaml: 'a: [1' };
  for (const [name, text] of Object.entries(texts)) {
    writeFileSync(join(directory, `${name}.yaml`), text);
  }
  writeFileSync(join(directory, 'gbk.yaml'), Buffer.from([0xd6, 0xd8, 0xc7, 0xec]));
  writeFileSync(join(directory, '510100.yaml'), whole);
  writeFileSync(join(directory, 'whole.cases.yaml'), 'cases: []');
  mkdirSync(join(directory, 'folder'));
});
afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

interface Ended {
  status: number | string | null | undefined;
  out: string;
  err: string;
}
/** Runs the command in this process, called from the folder of the test files. */
async function run(...words: string[]): Promise<Ended> {
  const { status, output, errors } = await runHere(words, directory);
  return { status, out: output, err: errors };
}
/** Runs the real command, from the folder of the test files. */
function runReally(...words: string[]): Promise<Ended> {
  return new Promise((end) => {
    const options = { cwd: directory };
    execFile(process.execPath, [kuasheng, 'policy', ...words], options, (error, out, err) => {
      end({ status: error ? error.code : 0, out, err });
    });
  });
}

describe('kuasheng policy check', () => {
  test('a file that is whole: what it says, how its numbers stand, status 0', async () => {
    const { status, out, err } = await run('check', 'whole.yaml');
    const [first, hash, ...rest] = out.trimEnd().split('\n');
    expect(first).toBe('whole.yaml 重庆市 500000（重庆市）');
    expect(hash).toMatch(/^ {2}哈希 [0-9a-f]{64}$/);
    expect(rest).toEqual([
      '  险种          病种  规则  停止  施行日期',
      '  310 职工        11    11     0  2020-01-01',
      '  390 城乡居民    11     0    11  2020-01-01',
      '  数字的依据  有依据  待确认  示例',
      '  金额             0       0     1',
      '  比例             1       0     1',
      '  其他数字         0       0     0',
      '  没有缺口。',
    ]);
    expect({ status, err }).toEqual({ status: 0, err: '' });
  });

  test('a gap: one line that says who, from when and what to do, status 1', async () => {
    const { status, out } = await run('check', 'whole.yaml', 'withGap.yaml');
    expect(out.split('\n').filter((line) => line.includes('没有条目'))).toEqual([
      'withGap.yaml 重庆市 500000 390 城乡居民 M01600 糖尿病：自 2021-02-01 起没有条目；' +
        '请补写规则，或写一条 lapse 说明没有此待遇的原因。',
    ]);
    expect(status).toBe(1);
  });

  test('a rule without its yearly figure: one line for each year, and which figure is missing', () => {
    const ofWage =
      "    limits: [{ meaning: fundPayment, accumulator: { per: visit }, amounts: [{ amount: { rate: '0.5', of: 平均工资 } }], component: overPoolCap }]";
    const text = whole
      .replace('    limits: []', ofWage)
      .replace(
        'policies:',
        "parameters: { 平均工资: { '2020': { amount: '1.00', source: x }, '2022': { amount: '1.00', source: x } } }\npolicies:",
      );
    const file = join(directory, 'wage.yaml');
    writeFileSync(file, text);
    const checked = checkPolicies([file], day('2022-06-30'));
    const log = vi.spyOn(console, 'log').mockReturnValue();
    printChecked(checked, false);
    const lines = log.mock.calls
      .map(([line]) => String(line))
      .filter((line) => line.includes('缺参数'));
    log.mockRestore();
    expect(lines).toHaveLength(11);
    expect(lines[0]).toBe(
      `${file} 重庆市 500000 310 职工 M03900 高血压：自 2021-01-01 起、2022-01-01 之前缺参数「平均工资」2021 年的数字；` +
        '请在 parameters 中补上，并写明依据。',
    );
  });

  test('every fault of every file, one line each on standard error, status 2', async () => {
    const files = [
      'twoFaults.yaml',
      'nope.yaml',
      'folder',
      'empty.yaml',
      'notYaml.yaml',
      'gbk.yaml',
    ];
    const { status, err } = await run('check', ...files, 'withGap.yaml', '510100.yaml');
    expect(err.trimEnd().split('\n')).toEqual([
      expect.stringMatching(
        /^twoFaults\.yaml:11:59 policies\.310\.M03900\.0\.pool\.axis\.bandsFrom: /,
      ),
      expect.stringMatching(/^twoFaults\.yaml:12:\d+ policies\.310\..*ratio: 没有加引号；/),
      'nope.yaml:1:1 找不到这个文件，请核对文件名',
      'folder:1:1 这是文件夹，请写出其中的文件',
      'empty.yaml:1:1 文件是空的',
      expect.stringMatching(/^notYaml\.yaml:1:6 /),
      'gbk.yaml:1:1 不是 UTF-8 编码，请另存为 UTF-8',
      '510100.yaml:1:1 文件里写的是 500000，文件名应为 500000.yaml',
    ]);
    expect(status).toBe(2);
  });

  test('--illustrative: each number without a source, with its line and column', async () => {
    const { out } = await run('check', '--illustrative', 'whole.yaml');
    const path = 'policies.310.M03900.0.pool.ratios.0.bands.0';
    expect(out.split('\n').filter((line) => line.includes(path))).toEqual([
      `whole.yaml:12:38 ${path}.upTo: 1000.00 示例（illustrative）`,
      `whole.yaml:12:56 ${path}.ratio: 0.80 示例（illustrative）`,
    ]);
  });

  test('--json: the same for machines, with the same status', async () => {
    const { status, out } = await run(
      'check',
      '--json',
      'withGap.yaml',
      'nope.yaml',
      'x.cases.yaml',
    );
    expect(JSON.parse(out)).toMatchObject({
      files: [
        {
          file: 'withGap.yaml',
          region: '500000',
          insuranceTypes: [
            { insuranceType: '310', diseases: 11, rules: 11, lapses: 0 },
            { insuranceType: '390', diseases: 10, rules: 0, lapses: 10 },
          ],
          gaps: [
            {
              insuranceType: '390',
              disease: 'M01600',
              from: '2021-02-01',
              before: null,
              lacks: 'entry',
            },
          ],
        },
        { file: 'nope.yaml', faults: ['nope.yaml:1:1 找不到这个文件，请核对文件名'] },
      ],
      skipped: ['x.cases.yaml'],
    });
    expect(status).toBe(2);
  });

  test.each([[[]], [['whole.cases.yaml']]])(
    'no policy among %j: a sentence, status 2',
    async (files) => {
      expect(await run('check', ...files)).toEqual({
        status: 2,
        out: '',
        err: '请写出要检查的政策文件，例如 kuasheng policy check 510100.yaml。\n',
      });
    },
  );

  test('called for real, from another folder', async () => {
    const [found, unusable] = await Promise.all([
      runReally('check', 'withGap.yaml'),
      runReally('check', 'whole.yaml', 'nope.yaml'),
    ]);
    expect(found.status).toBe(1);
    expect(found.out).toContain('M01600 糖尿病：自 2021-02-01 起没有条目');
    expect(unusable.status).toBe(2);
    expect(unusable.out).toContain('whole.yaml 重庆市 500000（重庆市）');
    expect(unusable.err).toBe('nope.yaml:1:1 找不到这个文件，请核对文件名\n');
  });

  test('the sample policies have no fault and no gap', () => {
    const samples = ['500000', '510100'].map((region) => resolve(`seeds/policies/${region}.yaml`));
    expect(statusOf(checkPolicies(samples, day('2026-12-31')))).toBe(0);
  });
});

describe('a policy is held against its place', () => {
  /** The gaps of the small world's policy, in the small world written otherwise. */
  const gapsIn = (changes: Record<string, string>) =>
    withWorld(changes, (at) => {
      const file = join(at, 'policies', '500000.yaml');
      const [checked] = checkPolicies([file], day('2026-12-31'), readOpenings(at));
      if (!checked || 'faults' in checked) throw new Error(JSON.stringify(checked));
      return checked.gaps.map(({ insuranceType, disease, from, before }) =>
        [insuranceType, disease, from, before].join(' '),
      );
    });
  const places = smallWorld['places.yaml'] ?? '';

  test('what the place has opened, and ordinary care since it is connected; what it has not, not', () => {
    expect(gapsIn({})).toEqual([
      '310 M03900 2021-01-01 2021-12-25',
      '310 M08301 2021-12-25 ',
      '310 none 2021-01-01 ',
      '390  2021-01-01 ',
    ]);
  });
  test('a place that is not connected: whatever has no entry at all', () => {
    const elsewhere = (smallWorld['policies/500000.yaml'] ?? '').replaceAll('500000', '510000');
    withWorld({}, (at) => {
      const file = join(at, 'sichuan.yaml');
      writeFileSync(file, elsewhere);
      const [checked] = checkPolicies([file], day('2026-12-31'), readOpenings(at));
      expect(checked).toMatchObject({
        isConnected: false,
        placeName: '四川省',
        gaps: [
          { insuranceType: '310', disease: 'M08301', from: null },
          { insuranceType: '310', disease: 'M08302', from: null },
          { insuranceType: '310', disease: 'none', from: null },
          { insuranceType: '390', disease: null, from: null },
        ],
      });
    });
  });
  test('a later connection asks for ordinary care later', () => {
    const later = { 'places.yaml': places.replace('from: 2021-01-01', 'from: 2020-06-01') };
    expect(gapsIn(later)).toContain('310 none 2020-06-01 ');
  });
  test('a code that the national list does not have is told', () => {
    const text = (smallWorld['policies/500000.yaml'] ?? '').replace('M03900', 'M03901');
    withWorld({ 'policies/500000.yaml': text }, (at) => {
      const file = join(at, 'policies', '500000.yaml');
      const [checked] = checkPolicies([file], day('2026-12-31'), readOpenings(at));
      expect(checked).toMatchObject({ unknownDiseases: ['M03901'] });
    });
  });
});

describe('kuasheng policy schema', () => {
  test('prints the schema that stands beside the seeds', async () => {
    const { status, out } = await run('schema');
    const file = readFileSync(resolve('seeds/policy.schema.json'), 'utf8');
    expect(JSON.parse(out)).toEqual(JSON.parse(file));
    expect(status).toBe(0);
  });
  test('says which there are', async () => {
    const { status, err } = await run('schema', 'constructor');
    expect(err).toMatch(/^没有「constructor」的格式，可以写 policy.*，请更正后再执行。\n$/);
    expect(status).toBe(2);
  });
});
