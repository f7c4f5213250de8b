// A web site of somebody who shows videos: the watch page with other URLs in it, under any host name.
import { once } from 'node:events';
import { createServer } from 'node:http';

/** Site serves pages whose player plays what the site says. */
export class Site {
  #control;
  #pages = new Map(); // URLs by name
  #server = createServer((request, response) => this.#answer(request, response).catch((error) => response.destroy(error)));

  /** @param {string} control  where the watch page comes from */
  static async start(control) {
    const site = new Site();
    site.#control = control;
    site.#server.listen(0, '127.0.0.1');
    await once(site.#server, 'listening');
    return site;
  }

  /**
   * Has a page play these URLs.
   * @returns {string} its base URL; host is a name that the browser resolves to this machine
   */
  page(name, urls, host = 'localhost') {
    this.#pages.set(name, urls);
    return `http://${host}:${this.#server.address().port}/${name}`;
  }

  stop() {
    this.#server.closeAllConnections();
    return new Promise((resolve) => { this.#server.close(resolve); });
  }

  async #answer(request, response) {
    const [, name, path] = /^(?:\/([^/]+))?(\/(?:watch|console)\/.*)$/.exec(request.url) ?? [];
    if (!path) return response.writeHead(404).end();
    const page = await fetch(this.#control + path);
    const body = Buffer.from(await page.arrayBuffer());
    response.writeHead(page.status, { 'content-type': page.headers.get('content-type') });
    return response.end(name ? withURLs(body.toString(), this.#pages.get(name)) : body);
  }
}

function withURLs(html, urls) {
  return Object.entries(urls).reduce((text, [protocol, url]) => {
    const attribute = new RegExp(`data-${protocol}="[^"]*"`);
    if (!attribute.test(text)) throw new Error(`the watch page has no data-${protocol}`);
    return text.replace(attribute, `data-${protocol}="${url.replaceAll('&', '&amp;')}"`);
  }, html);
}
