import { LineChart } from 'echarts/charts';
import { GridComponent, TooltipComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { useEffect, useRef } from 'react';
import { currencySign, formatDecimal } from '#kernel';
import { useInstitution } from '../api/hooks.ts';
import { useTexts } from '../texts/texts.ts';
import { AXIS_PARTS, axisLabels } from './labels.ts';
import type { Point } from './points.ts';
import { type ChartColours, useChartColours } from './theme.ts';

use([LineChart, GridComponent, TooltipComponent, SVGRenderer]);

interface AumCurveProps {
  points: readonly Point[];
  label: string;
  height: number;
}

/** The course of a customer's AUM with axes and the exact figure under the pointer. Load it through `lazy.tsx`. */
export default function AumCurve({ points, label, height }: AumCurveProps) {
  const box = useRef<HTMLDivElement>(null);
  const colours = useChartColours();
  const { language } = useTexts();
  const { currency } = useInstitution();
  useEffect(() => {
    const element = box.current!;
    const chart = init(element, undefined, { renderer: 'svg' });
    const amounts = points.map(([, amount]) => Number(amount));
    const label = axisLabels(Math.min(...amounts), Math.max(...amounts), language);
    chart.setOption(optionOf(points, colours, currencySign(currency), label));
    const watch = new ResizeObserver(() => chart.resize());
    watch.observe(element);
    return () => {
      watch.disconnect();
      chart.dispose();
    };
  }, [points, colours, language, currency]);
  return <div ref={box} role="img" aria-label={label} style={{ height }} />;
}

function optionOf(points: readonly Point[], colours: ChartColours, sign: string, label: (amount: number) => string) {
  const text = { color: colours['ink-3'], fontSize: 11, fontFamily: colours.font };
  return {
    animation: false,
    textStyle: { fontFamily: colours.font },
    grid: { left: 4, right: 10, top: 12, bottom: 2, containLabel: true },
    xAxis: {
      type: 'time',
      axisLine: { lineStyle: { color: colours['line-strong'] } },
      axisTick: { show: false },
      axisLabel: {
        ...text,
        hideOverlap: true,
        formatter: { year: '{yyyy}-{MM}', month: '{yyyy}-{MM}', day: '{MM}-{dd}' },
      },
      splitLine: { show: false },
    },
    yAxis: {
      type: 'value',
      scale: true,
      splitNumber: AXIS_PARTS,
      axisLabel: { ...text, formatter: label },
      splitLine: { lineStyle: { color: colours.line } },
    },
    tooltip: {
      trigger: 'axis',
      confine: true,
      backgroundColor: colours.raised,
      borderColor: colours['line-strong'],
      borderWidth: 1,
      padding: [6, 10],
      textStyle: { color: colours.ink, fontSize: 12 },
      axisPointer: { lineStyle: { color: colours['line-strong'], type: 'solid' } },
      // The amount is taken from the point itself, as the decimal text it came as.
      formatter: (hovered: { dataIndex: number }[]) => {
        const [date, amount] = points[hovered[0]!.dataIndex]!;
        return `${date}<br><b>${sign} ${formatDecimal(amount)}</b>`;
      },
    },
    series: [
      {
        type: 'line',
        data: points.map(([date, amount]) => [date, Number(amount)]),
        // Each amount stands until the next.
        step: 'end',
        showSymbol: false,
        lineStyle: { width: 1.6, color: colours.accent },
        itemStyle: { color: colours.accent },
        areaStyle: { color: colours.accent, opacity: 0.07, origin: 'start' },
        emphasis: { disabled: true },
      },
    ],
  };
}
