import { describe, expect, test } from 'vitest';
import { diseaseCode, messageId, type Disease } from '../../domain/identifiers.ts';
import { InvariantViolation } from '../../domain/invariant.ts';
import { separate } from '../../domain/treating-place/separation.ts';
import { longestVisitMessage, partMessageId, takeBackMessageId } from '../../domain/visit-parts.ts';

const [sugar, pressure] = ['M01600', 'M03900'].map(diseaseCode);
const lines = (...diseases: (Disease | undefined)[]) =>
  diseases.map((disease, index) => ({ no: index + 1, disease: disease! }));
const numbers = (...diseases: (Disease | undefined)[]) =>
  separate(lines(...diseases)).map((part) => [part.disease, part.lines.map(({ no }) => no)]);

describe('a whole bill is separated', () => {
  test('by disease in the order of the codes, and last what has none', () => {
    expect(numbers('none', pressure, sugar, pressure, 'none')).toEqual([
      [sugar, [3]],
      [pressure, [2, 4]],
      ['none', [1, 5]],
    ]);
  });
  test('into the same parts in whatever order its lines come', () => {
    const parts = (...of: (Disease | undefined)[]) => numbers(...of).map(([disease]) => disease);
    expect(parts(pressure, 'none', sugar)).toEqual(parts(sugar, pressure, 'none'));
  });
  test('into one part where it is of one disease, or of none', () => {
    expect(numbers(pressure, pressure)).toEqual([[pressure, [1, 2]]]);
    expect(numbers('none')).toEqual([['none', [1]]]);
  });
});

describe('the message id of a part', () => {
  const longest = messageId('M'.repeat(longestVisitMessage));
  test('and that of its reversal have room behind the longest id of a bill', () => {
    expect(partMessageId(longest, 1)).toBe(`${longest}-1`);
    expect(takeBackMessageId(partMessageId(longest, 99))).toBe(`${longest}-99R`);
  });
  test('is there for 99 parts', () => {
    expect(() => partMessageId(longest, 100)).toThrow(InvariantViolation);
    expect(() => partMessageId(longest, 0)).toThrow(InvariantViolation);
  });
});
