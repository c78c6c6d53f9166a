import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { vi } from 'vitest';
import { policyCommands } from '../../cli/policy.ts';

/**
 * 300 a year; 80 % up to 1,000 in scope a year, then 90 %, retirees 5 points more; the pool pays 2,000 a
 * year and the large-amount fund 75 % above. Hypertension from 2024, diabetes until a lapse.
 */
export const policyText = `place: '510000'
region: '510100'
name: 成都市
policies:
  '310':
    M03900: &minor
      - inForceFrom: 2024-01-01
        source: illustrative
        area:
          - when: { filing: [TMP_OTHER] }
            form: firstShare
            rate: '0.10'
          - form: none
        pool:
          deductible:
            accumulator: { per: year, name: deductible, key: all }
            basis: charged
            amounts: [{ amount: '300.00' }]
          axis: { accumulator: { per: year, name: in-scope, key: all }, bandsFrom: zero }
          ratios:
            - when: { visitOrdinal: { from: 3 } }
              bands: [{ ratio: '1.00' }]
            - bands: [{ upTo: '1000.00', ratio: '0.80' }, { ratio: '0.90' }]
          retiree: { form: points, points: '0.05' }
          limits:
            - meaning: fundPayment
              accumulator: { per: year, name: pool-fund, key: all }
              amounts: [{ amount: '2000.00' }]
              component: overPoolCap
        layers:
          - name: largeAmount
            base: [overPoolCap]
            axis: { accumulator: { per: visit }, bandsFrom: zero }
            ratios: [{ bands: [{ ratio: '0.75' }] }]
        account: { pays: [deductible, poolSelf] }
    none: *minor
    M01600:
      - { inForceFrom: 2024-01-01, source: illustrative, lapse: 没有此病种待遇 }
`;
export const personText = `insuranceType: '310'
bornOn: 1960-01-01
retired: true
insuredMonths: 40
filing: LT_RESIDENT
qualifications: [{ disease: M03900, from: 2025-01-01 }]
account: { use: own, balance: '60.00', family: '0.00' }
used:
  - { name: deductible, period: '2026', key: all, value: '250.00' }
  - { name: in-scope, period: '2026', key: all, value: '900.00' }
  - { name: pool-fund, period: '2026', key: all, value: '100.00' }
`;
/** Four lines: two with the facts of a catalogue, one beyond its price limit, one split already. */
export const billText = `bills:
  - id: b1
    visitedOn: 2026-03-05
    disease: M03900
    institution: { code: H1, place: '500000', level: tertiary, selected: false }
    channel: hospital
    prescriber: other
    lines:
      - { no: 1, kind: drug, class: B, firstShareRatio: '0.05', priceLimit: null, price: '2.0000', quantity: '5', amount: '10.00', restricted: false, approval: none }
      - { no: 2, kind: consumable, amount: '9.00', parts: { excluded: '0.00', overPriceLimit: '0.00', firstShare: '0.00', inScope: '9.00' } }
      - { no: 3, kind: drug, class: B, firstShareRatio: '0.20', priceLimit: '40.00', price: '45.00', quantity: '10', amount: '450.00' }
      - { no: 4, kind: drug, class: C, firstShareRatio: '1.00', price: '12.00', quantity: '1', amount: '12.00' }
`;
/** A bill of one line, in scope as a whole. */
export const plainBill = (id: string, amount: string, on = '2026-03-05', disease = 'M03900') => `
  - id: ${id}
    visitedOn: ${on}
    disease: ${disease}
    institution: { code: H1, place: '500000', level: tertiary }
    lines:
      - { no: 1, kind: drug, amount: '${amount}', parts: { excluded: '0.00', overPriceLimit: '0.00', firstShare: '0.00', inScope: '${amount}' } }
`;

/** A folder of files for one test file; gone afterwards. */
export function aFolder(): { write: (name: string, text: string) => string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'kuasheng-policy-'));
  return {
    write: (name, text) => {
      const path = join(folder, name);
      writeFileSync(path, text);
      return path;
    },
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** How a command ended. */
export interface Ended {
  status: number | string | null | undefined;
  output: string;
  errors: string;
}

/** Runs a command of `kuasheng policy` in this process, called from the folder. */
export async function runHere(words: readonly string[], folder = resolve('.')): Promise<Ended> {
  const [output, errors]: [string[], string[]] = [[], []];
  vi.stubEnv('INIT_CWD', folder);
  vi.spyOn(console, 'log').mockImplementation((line: string) => output.push(`${line}\n`));
  vi.spyOn(console, 'error').mockImplementation((line: string) => errors.push(`${line}\n`));
  const { exitCode } = process;
  try {
    await (await policyCommands()).parseAsync(words, { from: 'user' });
    return { status: process.exitCode, output: output.join(''), errors: errors.join('') };
  } finally {
    process.exitCode = exitCode;
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  }
}
/** Options as words: `{ asOf: 'x', json: true }` is `--as-of x --json`. */
export const wordsOf = (options: Readonly<Record<string, string | boolean | undefined>>) =>
  Object.entries(options).flatMap(([name, value]) => {
    const option = `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    if (value === undefined || value === false) return [];
    return value === true ? [option] : [option, value];
  });

/** Runs `kuasheng …` as a process of its own, with something on the standard input. */
export function runProcess(words: readonly string[], input = ''): Promise<Ended> {
  return new Promise((end) => {
    const child = spawn(process.execPath, ['run.mjs', 'cli/kuasheng.ts', ...words]);
    const ended = { status: null, output: '', errors: '' };
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (ended.output += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (ended.errors += chunk));
    child.on('close', (status) => {
      end({ ...ended, status });
    });
    child.stdin.end(input);
  });
}
