// Before the first paint: the chosen appearance, so that the page does not flash in the other one.
try {
  const { theme } = JSON.parse(localStorage.getItem("warren.settings")).state;
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Nothing was chosen: the page follows the system.
}
