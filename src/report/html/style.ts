/** The report's style sheet. It names no outside file: fonts are those of the reader's system. */
import { customProperties, DARK, LIGHT } from "./palette.ts";

export const STYLE: string = `
:root{color-scheme:light dark;${customProperties(LIGHT)}}
@media (prefers-color-scheme:dark){:root{${customProperties(DARK)}}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%;scroll-padding-top:1rem}
body{margin:0;background:var(--paper);color:var(--ink);font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;font-variant-numeric:tabular-nums;overflow-wrap:break-word}
a{color:var(--picked);text-underline-offset:.15em}
:focus-visible{outline:3px solid var(--picked);outline-offset:2px;border-radius:3px}
h1,h2,h3{line-height:1.2;text-wrap:balance;margin:0}
p,ul,dl{margin:.5rem 0}
ul{padding-left:1.2rem}
code{font:.85em/1.4 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
header,main,footer{max-width:74rem;margin:0 auto;padding:0 clamp(1rem,3vw,2rem)}
header{padding-top:clamp(1rem,3vw,2.25rem);padding-bottom:1rem}
header h1{font-size:1.15rem}
header p{margin:.15rem 0 0;color:var(--muted);font-size:.9rem}
footer{padding-top:1rem;padding-bottom:3rem;color:var(--muted);font-size:.9rem}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.skip{position:absolute;left:-999px}
.skip:focus{left:1rem;top:.5rem;background:var(--card);padding:.5rem .75rem;z-index:1}
.card{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:clamp(1rem,3vw,2rem);margin:0 0 1.25rem}
.answers{display:grid;gap:1.25rem;margin-bottom:1.25rem}
.answers .card{margin:0;border-top:5px solid var(--picked)}
.eyebrow{margin:0 0 .25rem;color:var(--muted);font-size:.8rem;font-weight:650;letter-spacing:.07em;text-transform:uppercase}
.answer h2{font-size:1.05rem;font-weight:500;color:var(--muted)}
.pick{margin:.5rem 0 .4rem;font-size:clamp(1.6rem,4.2vw,2.3rem);line-height:1.12;font-weight:750;letter-spacing:-.015em;text-wrap:balance}
.answers .card:has(.pick.none){border-top-color:var(--miss)}
.pick.some{color:var(--picked)}
.pick.none{color:var(--miss)}
.why{font-size:1.1rem;max-width:42rem}
.slogan{display:inline-block;margin:.35rem 0 .25rem;padding:.3rem .8rem;border-radius:99px;background:var(--soft);color:var(--picked);font-weight:650}
.more{margin:.9rem 0 0}
.quiet,.interval{color:var(--muted);font-size:.875em}
.quiet .value{font-weight:500}
.value{font-weight:650}
.value,.interval,.whole{white-space:nowrap}
.bar{display:block;height:7px;margin-top:.3rem;background:var(--line);border-radius:4px;overflow:hidden}
.bar span{display:block;height:100%;min-width:3px;background:var(--other)}
.picked .bar span{background:var(--picked)}
.verdict{font-weight:650;white-space:nowrap}
.verdict.meets{color:var(--picked)}
.verdict.straddles{color:var(--caution)}
.verdict.misses{color:var(--miss)}
table{border-collapse:collapse;width:100%;font-size:.94rem}
caption{text-align:left;color:var(--muted);font-size:.875rem;padding-bottom:.5rem}
th,td{text-align:left;vertical-align:top;padding:.6rem .9rem .6rem 0;border-bottom:1px solid var(--line);font-weight:400}
thead th{color:var(--muted);font-size:.8rem;font-weight:600;vertical-align:bottom}
thead small{display:block;font-weight:400;font-size:.95em}
tbody tr:last-child>*{border-bottom:0}
.glance{margin-top:1rem;table-layout:fixed}
.glance th:first-child{width:40%}
.glance .verdict{white-space:normal}
.glance td,.glance tbody th{padding:.5rem .9rem .5rem 0}
.glance .picked th{font-weight:650}
.glance tr>:last-child{padding-right:0}
.scroll{overflow-x:auto;margin:.75rem 0 1.25rem}
.name{font-weight:650}
th>.quiet{display:block;margin-top:.15rem}
th ul{margin:.25rem 0 0;padding-left:1rem;color:var(--muted);font-size:.875em}
.tag{display:inline-block;padding:0 .5rem;border-radius:99px;background:var(--soft);color:var(--picked);font-size:.8rem;font-weight:650}
.verdict,td>div>.quiet{display:block}
.cards tbody th:has(.name){min-width:14rem;max-width:22rem}
.cards tbody th{overflow-wrap:anywhere}
.cards td:nth-child(n+5){min-width:5rem}
.cards td:last-child{min-width:8rem;padding-right:0}
.doubt{margin:.35rem 0;color:var(--caution);font-weight:600}
.job>h2{font-size:1.5rem;margin-bottom:.75rem}
.job h3{font-size:1.08rem;margin:1.5rem 0 .5rem}
figure{margin:0;display:grid;gap:.5rem 2.5rem}
figcaption{font-size:.92rem;color:var(--muted)}
.key{list-style:none;padding:0;margin:.75rem 0 0}
.key li{display:flex;gap:.6rem;align-items:flex-start;margin:.3rem 0}
.sign{flex:none;fill:none;stroke:currentColor;stroke-width:2}
.sign.picked{color:var(--picked);stroke-width:1.5}
.sign.picked .full{fill:currentColor}
.sign.other{color:var(--other)}
.sign.misses,.sign.floor{color:var(--miss)}
.plot{display:block;max-width:100%;height:auto;overflow:visible}
.plot text{white-space:pre}
.plot-texts text{fill:var(--ink);stroke:var(--card);stroke-width:4px;stroke-linejoin:round;paint-order:stroke}
.plot-texts .picked text{fill:var(--picked);font-weight:650}
.plot-texts .floor text{fill:var(--miss)}
.plot-texts .leader{stroke:var(--muted);stroke-opacity:.6}
.drawing.wide{display:none}
.panels{display:grid;gap:1rem;margin-top:1.5rem;align-items:stretch}
.panel{border:1px solid var(--line);border-radius:10px;padding:1rem 1.15rem;font-size:.94rem}
.job .panel h3{margin:0 0 .5rem}
.panel.caution{border-left:5px solid var(--caution);margin:1.5rem 0}
dl{display:grid;grid-template-columns:fit-content(38%) 1fr;gap:.3rem 1rem}
code,dd,a{overflow-wrap:anywhere}
dt{color:var(--muted)}
dd{margin:0}
details{margin:.75rem 0}
summary{cursor:pointer;padding:.35rem 0}
.receipt{border-top:1px solid var(--line);margin:0}
.receipt summary{padding:.6rem 0}
.receipt>div{padding:0 0 1rem 1rem}
.side-by-side{display:grid;gap:0 2.5rem}
.side-by-side table{width:auto}
.count{display:block;margin:-.35rem 0;padding:.35rem .7rem;border-radius:5px;text-align:right}
.count.right{background:color-mix(in srgb,var(--picked) var(--shade),transparent)}
.count.wrong{background:color-mix(in srgb,var(--miss) var(--shade),transparent)}
@media (min-width:46rem){
.drawing.wide{display:block}
.drawing.narrow{display:none}
.panels{grid-template-columns:1fr 1fr}
.side-by-side{grid-template-columns:repeat(auto-fit,minmax(20rem,max-content))}
}
@media (min-width:62rem){
.answers:has(:nth-child(2)){grid-template-columns:1fr 1fr}
figure{grid-template-columns:minmax(0,45rem) minmax(14rem,1fr);align-items:center}
}
@media screen and (max-width:61.99rem){
.cards,.cards tbody,.cards tr,.cards th,.cards td,.cards caption{display:block}
.cards thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.cards tr{border:1px solid var(--line);border-radius:10px;padding:.75rem 1rem;margin:0 0 .75rem}
.cards tr.picked{border-color:var(--picked)}
.cards td{overflow-wrap:anywhere}
.cards td:has(>div:empty){display:none!important}
.cards th,.cards td{border:0;padding:.25rem 0}
.cards td{display:grid;grid-template-columns:minmax(7rem,32%) 1fr;gap:.75rem}
.cards td:nth-child(n+5),.cards td:last-child,.cards tbody th:has(.name){min-width:0;max-width:none}
.cards td::before{content:attr(data-label);color:var(--muted);font-size:.85rem}
.cards tbody th{font-size:1.02rem;padding-bottom:.5rem}
}
@media print{
:root{color-scheme:light;${customProperties(LIGHT)};--paper:#fff}
@page{margin:14mm}
body{font-size:10pt}
table,caption,.panel,.key,figcaption{font-size:8.5pt}
.drawing.wide{display:block}
.drawing.narrow{display:none}
.panels{grid-template-columns:1fr 1fr}
.cards th,.cards td{min-width:0!important;padding-right:.5rem}
header,main,footer{max-width:none;padding-left:0;padding-right:0}
.card{border-radius:0;border-width:0 0 1px;padding:0 0 1rem}
.more,.skip{display:none}
.scroll{overflow:visible}
figure,tr,.panel,.answer,.count{break-inside:avoid}
h2,h3,caption,thead{break-after:avoid}
details::details-content{content-visibility:visible;display:block;block-size:auto}
.bar,.bar span,.count,.tag,.slogan{print-color-adjust:exact;-webkit-print-color-adjust:exact}
}
@media (prefers-reduced-motion:no-preference){html{scroll-behavior:smooth}}
`;
