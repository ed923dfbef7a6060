import { queryOptions } from '@tanstack/react-query';
import type { Text } from '#kernel';
import { address, get } from './client.ts';

export type AssetsPeriod = 'day' | 'week' | 'month' | 'custom';
export type AssetsTable = 'units' | 'managers' | 'classes';

/** Amounts as decimal texts: opening + flow + market + movedIn - movedOut = closing. */
export interface AssetsLine {
  opening: string;
  flow: string;
  market: string;
  movedIn: string;
  movedOut: string;
  closing: string;
  customers: number;
}

export interface Assets {
  asOf: string | null;
  startsOn: string | null;
  from: string | null;
  to: string | null;
  export: boolean;
  total: AssetsLine;
  /** [date, closing, flow, market] */
  curve: [string, string, string, string][];
  units: (AssetsLine & { id: string; label: string | null })[];
  managers: (AssetsLine & { id: string; label: string | null; unit: string | null })[];
  classes: (AssetsLine & { code: string; label: Text })[];
}

/** What the address of the page asks for. */
export interface AssetsQuestion {
  period: AssetsPeriod;
  from?: string | undefined;
  to?: string | undefined;
  unit?: string | undefined;
  manager?: string | undefined;
}

export const assetsQuery = (question: AssetsQuestion) =>
  queryOptions({
    queryKey: ['assets', question],
    queryFn: ({ signal }) => get<Assets>('/assets', { ...question }, signal),
    placeholderData: (before) => before,
  });

/** Where a table lies as a file. */
export const assetsFile = (question: AssetsQuestion, by: AssetsTable) => address('/assets/export', { ...question, by });
