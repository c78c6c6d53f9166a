import type { Naming, SettlementRequest } from './settlement.ts';

const noNames: Naming = {
  treatingPlace: null,
  insuredPlace: null,
  institution: null,
  disease: null,
};

/**
 * A settlement in one line, for the people who watch it; nothing of the person:
 * 四川省参保人在重庆市陆军军医大学第一附属医院就医，高血压（M03900），320.00 元
 */
export function summaryOf(request: SettlementRequest, naming?: Naming | null): string {
  const { treatingPlace, insuredPlace, institution, disease } = naming ?? noNames;
  const code = request.disease;
  const care = code === 'none' ? '普通门诊' : disease === null ? code : `${disease}（${code}）`;
  const from = insuredPlace ?? request.insuredPlace;
  const where = `${treatingPlace ?? request.treatingPlace}${institution ?? request.institution}`;
  return `${from}参保人在${where}就医，${care}，${request.declared.total} 元`;
}
