import type { MaintenanceParty, MaintenanceService } from '../domain/maintenance.ts';
import type { Phase } from './contracts.ts';

/** The words in which operators are told of a settlement: its phases, its steps and who does them, the time. */

export const phaseNames: Record<Phase, string> = {
  eligibility: '资格校验',
  split: '费用分割',
  calculation: '待遇计算',
  recording: '记账',
  returning: '结果回传',
  settled: '已结算，等待清算',
  refusing: '拒绝前释放批次',
  refused: '已拒绝',
  cleared: '已清算',
  reversing: '撤销',
  reversed: '已撤销',
  stopped: '已停止',
};

/** A step that a place does: its name, the phase it is done in, whose place it is, of which service it is part. */
export interface RemoteStep {
  what: string;
  phase: Phase;
  at: 'treatingPlace' | 'insuredPlace';
  service: MaintenanceService;
}
const steps = {
  split: { what: '费用分割', phase: 'split', at: 'treatingPlace', service: 'settlement' },
  calculate: { what: '待遇计算', phase: 'calculation', at: 'insuredPlace', service: 'settlement' },
  return: { what: '结果回传', phase: 'returning', at: 'treatingPlace', service: 'settlement' },
  release: { what: '释放收费批次', phase: 'refusing', at: 'treatingPlace', service: 'reversal' },
  'undo-calculate': {
    what: '撤销待遇计算',
    phase: 'reversing',
    at: 'insuredPlace',
    service: 'reversal',
  },
  'return-reversal': {
    what: '撤销结果回传',
    phase: 'reversing',
    at: 'treatingPlace',
    service: 'reversal',
  },
  'undo-split': {
    what: '释放收费批次',
    phase: 'reversing',
    at: 'treatingPlace',
    service: 'reversal',
  },
} as const satisfies Record<string, RemoteStep>;

export type RemoteStepId = keyof typeof steps;
/** By the id of its activity. */
export const remoteSteps: Readonly<Record<RemoteStepId, RemoteStep>> = steps;
/** The remote step of an activity's id; undefined where the activity is none of a settlement. */
export const remoteStepOf = (activityId: string): RemoteStep | undefined =>
  Object.hasOwn(remoteSteps, activityId) ? remoteSteps[activityId as RemoteStepId] : undefined;

/** The service that a party's step of this phase is part of: of a refusal, only what a place releases is an undo. */
export const serviceIn = (phase: Phase | null, party: MaintenanceParty): MaintenanceService =>
  phase === 'reversing' || (phase === 'refusing' && party !== 'centre') ? 'reversal' : 'settlement';

/** An instant as a clock in China shows it: `2026-11-23 06:00:00`. */
export const clockInChina = (at: string | number): string =>
  new Date((typeof at === 'number' ? at : Date.parse(at)) + 8 * 3600 * 1000)
    .toISOString()
    .slice(0, 19)
    .replace('T', ' ');
