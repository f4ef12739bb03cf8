import { existsSync } from 'node:fs';
import { join } from 'node:path';
import axe from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildSite } from '../../scripts/lib/site/build-site.ts';
import { temporaryDirectory } from '../support/temporary.ts';

/** Debian's path. `scripts/bootstrap` installs it where it may. */
const executablePath = '/usr/bin/chromium';
const hasChromium = existsSync(executablePath);

describe.skipIf(!hasChromium)(`the manual in Chromium${hasChromium ? '' : ' (chromium is not installed)'}`, () => {
  const directory = temporaryDirectory();
  let browser: Browser;
  beforeAll(async () => {
    for (const [name, text] of buildSite(join(import.meta.dirname, '../..'), '1.2.3')) {
      await Bun.write(join(directory.path, name), text);
    }
    // The sandbox needs what root, and many containers, may not have.
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  });
  afterAll(async () => {
    await browser?.close();
    directory[Symbol.dispose]();
  });

  interface Shown {
    readonly file: string;
    readonly width?: number;
    readonly colorScheme?: 'light' | 'dark';
  }

  /** Opens a page from disk. `requests` has all that it loads. */
  async function open({
    file,
    width = 1280,
    colorScheme = 'light',
  }: Shown): Promise<{ page: Page; requests: string[] }> {
    const context = await browser.newContext({ viewport: { width, height: 844 }, colorScheme });
    const page = await context.newPage();
    const requests: string[] = [];
    page.on('request', (request) => requests.push(request.url()));
    const errors: string[] = [];
    page.on('pageerror', ({ message }) => errors.push(message));
    await page.goto(`file://${directory.path}/${file}`);
    expect(errors).toEqual([]);
    return { page, requests };
  }

  test('the search is used by the keyboard alone, from disk, and loads nothing from elsewhere', async () => {
    const { page, requests } = await open({ file: 'index.html' });
    expect(requests.some((url) => url.endsWith('search-index.js'))).toBe(false);
    await page.keyboard.press('/');
    await page.keyboard.type('login_refused');
    const options = page.locator('#results [role=option]');
    await options.first().waitFor();
    await page.keyboard.press('ArrowDown');
    expect(await options.first().getAttribute('aria-selected')).toBe('true');
    expect(await page.locator('#query').getAttribute('aria-activedescendant')).toBe('result-0');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/errors.html#login_refused');
    expect(requests.filter((url) => !url.startsWith(`file://${directory.path}/`) && url !== 'data:,')).toEqual([]);
    await page.keyboard.press('/');
    await page.keyboard.type('zzzzqqq');
    await page.getByText('Nothing found').waitFor();
    await page.keyboard.press('Escape');
    expect(await page.locator('#results').isVisible()).toBe(false);
    await page.context().close();
  });

  test('on a narrow screen the menu opens and closes, and no page is wider than the screen', async () => {
    const { page } = await open({ file: 'index.html', width: 390 });
    const navigation = page.locator('#navigation');
    expect(await navigation.isVisible()).toBe(false);
    await page.locator('#menu').click();
    expect(await navigation.isVisible()).toBe(true);
    await page.keyboard.press('Escape');
    expect(await navigation.isVisible()).toBe(false);
    const files = await page
      .locator('#navigation a')
      .evaluateAll((links) => links.map((link) => link.getAttribute('href')));
    expect(files.length).toBeGreaterThan(20);
    for (const file of files) {
      await page.goto(`file://${directory.path}/${file}`);
      expect([file, await page.evaluate('document.documentElement.scrollWidth')]).toEqual([file, 390]);
    }
    await page.context().close();
  });

  test('the theme of the system can be changed, and the choice is kept on the next page', async () => {
    const { page } = await open({ file: 'index.html', colorScheme: 'dark' });
    const background = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
    const dark = await background();
    await page.locator('#theme').click();
    const light = await background();
    expect(light).not.toBe(dark);
    await page.goto(`file://${directory.path}/targets.html`);
    expect(await background()).toBe(light);
    await page.context().close();
  });

  const shown: Shown[] = [
    { file: 'index.html', colorScheme: 'light' },
    { file: 'index.html', colorScheme: 'dark' },
    { file: 'tokens.html', colorScheme: 'light' },
    { file: 'audit.html', colorScheme: 'dark', width: 390 },
  ];

  test.each(shown)('$file in $colorScheme is as WCAG 2.2 AA asks', async (wanted) => {
    const { page } = await open(wanted);
    await page.evaluate(axe.source);
    const run = "axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })";
    const result: { violations: { id: string; nodes: { html: string }[] }[]; passes: unknown[] } =
      await page.evaluate(run);
    expect(result.violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)])).toEqual([]);
    expect(result.passes.length).toBeGreaterThan(10);
    await page.context().close();
  });
});
