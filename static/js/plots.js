// Draws each `data-plot` from the table behind it: a line per column over the days of the first.
"use strict";

(() => {
  const COLOURS = ["--accent", "--info", "--wait", "--bad", "--good"];
  const HEIGHT = 240;
  const language = document.documentElement.lang;
  const numbers = new Intl.NumberFormat(language);
  const days = new Intl.DateTimeFormat(language, { day: "numeric", month: "short", timeZone: "UTC" });
  const drawn = new Map();

  // Canvas knows no custom properties: let the browser resolve the colour on an element.
  const colour = (name) => {
    const probe = document.createElement("span");
    probe.style.color = `var(${name})`;
    document.body.append(probe);
    const value = getComputedStyle(probe).color;
    probe.remove();
    return value;
  };

  const read = (table) => {
    const heads = [...table.tHead.rows[0].cells].map((cell) => cell.textContent);
    const rows = [...table.tBodies[0].rows];
    const columns = heads.map((_, place) => rows.map((row) => Number(row.cells[place].dataset.value)));
    return { heads, columns };
  };

  // One tick a day at most, since that is all that the words below the axis tell.
  const STEPS = [1, 2, 3, 4, 5, 7, 10, 15, 30, 60, 90, 180, 365, 730, 1825].map((count) => count * 86400);

  const axis = (values) => ({
    stroke: colour("--quiet"),
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { show: false },
    values,
  });

  const draw = (figure) => {
    const canvas = figure.querySelector("[data-plot-canvas]");
    const { heads, columns } = read(figure.querySelector(".plot-table table"));
    drawn.get(figure)?.destroy();
    const plot = new uPlot(
      {
        width: canvas.clientWidth,
        height: HEIGHT,
        tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "UTC"),
        scales: { y: { range: (_, low, high) => [Math.min(0, low), high > 0 ? high * 1.05 : 1] } },
        axes: [
          { ...axis((_, at) => at.map((seconds) => days.format(seconds * 1000))), incrs: STEPS },
          { ...axis((_, all) => all.map((value) => numbers.format(value))), label: figure.dataset.unit, size: 64 },
        ],
        series: heads.map((label, place) =>
          place === 0
            ? { label, value: (_, seconds) => (seconds == null ? "–" : days.format(seconds * 1000)) }
            : {
                label,
                stroke: colour(COLOURS[(place - 1) % COLOURS.length]),
                width: 2,
                points: { show: columns[0].length < 2 },
                value: (_, value) => (value == null ? "–" : numbers.format(value)),
              },
        ),
      },
      columns,
      canvas,
    );
    drawn.set(figure, plot);
  };

  const drawNew = () => document.querySelectorAll("[data-plot]").forEach((figure) => drawn.has(figure) || draw(figure));

  document.addEventListener("DOMContentLoaded", drawNew);
  document.addEventListener("htmx:load", drawNew);
  document.addEventListener("themechange", () => drawn.forEach((_, figure) => draw(figure)));
  window.addEventListener("resize", () =>
    drawn.forEach((plot, figure) =>
      plot.setSize({ width: figure.querySelector("[data-plot-canvas]").clientWidth, height: HEIGHT }),
    ),
  );
})();
