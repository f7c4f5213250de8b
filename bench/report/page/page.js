// Shows the values under the pointer, in all charts over time at once.
(() => {
  const numbers = text => text ? text.split(' ').map(Number) : [];
  const charts = [...document.querySelectorAll('.chart')].map(chart => ({
    plot: chart.querySelector('.plot'),
    pointer: chart.querySelector('.pointer'),
    seconds: numbers(chart.dataset.seconds),
    lines: [...chart.querySelectorAll('.legend i')].map(label => ({ label, values: numbers(label.dataset.values), name: label.dataset.name })),
  }));
  const format = v => v >= 100 ? Math.round(v).toLocaleString('en') : String(Number(v.toPrecision(3)));

  function show(index) {
    for (const { pointer, seconds, lines } of charts) {
      const first = seconds[0], last = seconds[seconds.length - 1];
      pointer.hidden = index < 0;
      if (index >= 0) pointer.style.left = 100 * (seconds[index] - first) / (last - first || 1) + '%';
      for (const { label, values, name } of lines) label.textContent = index < 0 ? name : `${name} ${format(values[index])}`.trim();
    }
  }

  for (const { plot, seconds } of charts) {
    plot.addEventListener('pointermove', event => {
      const box = plot.getBoundingClientRect();
      const at = seconds[0] + (event.clientX - box.left) / box.width * (seconds[seconds.length - 1] - seconds[0]);
      let nearest = 0;
      seconds.forEach((s, i) => { if (Math.abs(s - at) < Math.abs(seconds[nearest] - at)) nearest = i; });
      show(nearest);
    });
    plot.addEventListener('pointerleave', () => show(-1));
  }
})();
