"""The look of the page: on a screen, wide or narrow, light or dark, and on paper. Colours stand at the top."""

STYLE = """
:root { color-scheme: light dark; --page: #f5f6f8; --card: #ffffff; --ink: #1c2330; --soft: #596273; --line: #dde1e8;
  --track: #e4e8ee; --streaming: #2468c8; --dvd: #c05a12; --blu-ray: #7447c4; --warn: #b3364d; }
@media (prefers-color-scheme: dark) { :root { --page: #12161d; --card: #1b212b; --ink: #e8ecf3; --soft: #a3adbd;
  --line: #303947; --track: #323c4b; --streaming: #6ea8fe; --dvd: #f0984f; --blu-ray: #b596f5; --warn: #f2808f; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1200px; padding: 24px 20px; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
h1 { font-size: 26px; line-height: 1.2; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 17px; margin: 0; }
header p, .said, footer { color: var(--soft); margin: 2px 0 16px; }
.said { font-size: 14px; }
main { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 16px; }
section, .figures div { background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
section { padding: 18px 20px; }
.wide, .figures { grid-column: 1 / -1; }
.figures { display: grid; grid-template-columns: repeat(8, minmax(0, 1fr)); gap: 12px; margin: 0; }
.figures div { padding: 10px 14px; }
dt { color: var(--soft); font-size: 13px; }
dd { margin: 0; font-size: 22px; font-weight: 650; font-variant-numeric: tabular-nums; }
svg { display: block; overflow: visible; }
text { fill: var(--ink); font-size: 13px; }
.value { text-anchor: end; fill: var(--soft); font-variant-numeric: tabular-nums; }
.tick { fill: var(--soft); font-size: 12px; text-anchor: middle; }
.tick.end { paint-order: stroke; stroke: var(--card); stroke-width: 4px; stroke-linejoin: round; }
.tick.end { text-anchor: end; }
.tick.start { text-anchor: start; }
.base { stroke: var(--line); }
.grid { stroke: var(--soft); stroke-dasharray: 2 4; }
.track { fill: var(--track); background: var(--track); }
.streaming { fill: var(--streaming); background: var(--streaming); }
.dvd { fill: var(--dvd); background: var(--dvd); }
.blu-ray { fill: var(--blu-ray); background: var(--blu-ray); }
.warn { fill: var(--warn); background: var(--warn); }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; list-style: none; margin: 0 0 10px; padding: 0;
  font-size: 14px; }
.swatch { display: inline-block; width: 12px; height: 12px; border-radius: 3px; margin-right: 6px; }
details { margin-top: 12px; }
summary { cursor: pointer; color: var(--soft); font-size: 14px; }
.scroll { overflow: auto; max-height: 420px; margin-top: 10px; }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
caption { text-align: left; font-weight: 600; padding-bottom: 4px; }
th, td { padding: 3px 18px 3px 0; border-bottom: 1px solid var(--line); font-weight: 400; vertical-align: top; }
td { white-space: nowrap; }
td:last-child, thead th:last-child { padding-right: 0; }
thead th { color: var(--soft); }
.t { text-align: left; }
.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
footer { margin-top: 20px; font-size: 13px; }
@media (max-width: 900px) { .figures { grid-template-columns: repeat(4, minmax(0, 1fr)); } }
@media (max-width: 700px) { body { padding: 16px 12px; } main { grid-template-columns: minmax(0, 1fr); gap: 12px; }
  .figures { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 8px; } section { padding: 14px; }
  table { font-size: 13px; } th, td { padding-right: 10px; } .minor { display: none; } }
@media print { :root { color-scheme: light; --page: #ffffff; --card: #ffffff; --ink: #000000; --soft: #444444;
  --line: #bbbbbb; --track: #e4e8ee; --streaming: #2468c8; --dvd: #c05a12; --blu-ray: #7447c4; --warn: #b3364d; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } body { max-width: none; padding: 0; }
  section, .figures div { break-inside: avoid; } details { display: none; } .scroll { max-height: none; } }
"""
