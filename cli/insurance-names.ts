/** 险种, as a column of a table shows it. */
export const insuranceNames = { '310': '职工', '390': '城乡居民' } as const;
