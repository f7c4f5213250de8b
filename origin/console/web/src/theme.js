// Dark or light: the system's choice until the viewer makes another, which is remembered.

const key = 'theme';

export function connectThemeButton(button) {
  const systemIsDark = matchMedia('(prefers-color-scheme: dark)');
  const current = () => localStorage.getItem(key) ?? (systemIsDark.matches ? 'dark' : 'light');
  const show = () => {
    document.documentElement.style.colorScheme = current();
    button.textContent = current() === 'dark' ? '☀' : '☾';
  };
  button.addEventListener('click', () => {
    localStorage.setItem(key, current() === 'dark' ? 'light' : 'dark');
    show();
  });
  systemIsDark.addEventListener('change', show);
  show();
}
