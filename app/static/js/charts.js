// Draws each picture of a page from the plain data beside it; the table under it says the same without scripts.
import { init } from "../vendor/echarts-6.1.0.min.js";

const FEN_IN_WAN = 1_000_000;
const style = getComputedStyle(document.documentElement);
const shade = (name, otherwise) => style.getPropertyValue(name).trim() || otherwise;
const family = getComputedStyle(document.body).fontFamily;
const still = matchMedia("(prefers-reduced-motion: reduce)").matches;

for (const place of document.querySelectorAll("[data-chart]")) {
  const { labels, unit, series } = JSON.parse(document.getElementById(`${place.dataset.chart}-data`).textContent);
  if (!labels.length) continue;
  place.hidden = false;
  const picture = init(place, null, { renderer: "svg" });
  const ink = shade("--ink", "#1b2430");
  const axis = { axisLabel: { color: ink }, axisLine: { lineStyle: { color: shade("--line", "#d9e0e8") } } };
  picture.setOption({
    animation: !still,
    color: [shade("--press", "#1f4e8c"), shade("--waiting", "#8a5a00")],
    textStyle: { fontFamily: family, color: ink },
    // Hatching tells the two kinds of money apart without their colours.
    aria: { enabled: true, label: { enabled: false }, decal: { show: true } },
    grid: { left: 8, right: 16, top: 40, bottom: 8, containLabel: true },
    legend: { top: 0, itemGap: 24, textStyle: { color: ink, fontFamily: family } },
    // The other way of showing it writes inline styles, which the content policy refuses.
    tooltip: { trigger: "axis", renderMode: "richText", valueFormatter: (value) => `${value.toLocaleString()} ${unit}` },
    xAxis: { type: "category", data: labels, ...axis, axisLabel: { color: ink, interval: 0, hideOverlap: false, rotate: labels.length > 4 && innerWidth < 640 ? 40 : 0 } },
    yAxis: { type: "value", name: unit, nameTextStyle: { color: ink }, ...axis },
    series: series.map(({ name, fen }) => ({ type: "bar", name, data: fen.map((each) => each / FEN_IN_WAN) })),
  });
  new ResizeObserver(() => picture.resize()).observe(place);
}
