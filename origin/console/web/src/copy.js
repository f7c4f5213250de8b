// Buttons that copy the text of an input: <button data-copy="id of the input">.

export function connectCopyButtons() {
  for (const button of document.querySelectorAll('button[data-copy]')) {
    button.addEventListener('click', () => copy(button, document.getElementById(button.dataset.copy)));
  }
}

async function copy(button, input) {
  input.select();
  const copied = await writeClipboard(input.value);
  button.textContent = copied ? 'Copied' : 'Press Ctrl-C';
  setTimeout(() => { button.textContent = 'Copy'; }, 2000);
}

// writeClipboard falls back to copying the selection, because the clipboard API wants a secure context, which a plain
// http:// address other than localhost is not.
async function writeClipboard(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return document.execCommand('copy');
  }
}
