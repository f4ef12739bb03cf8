// The manual works without this script; the script adds the search, the menu of narrow screens, the theme and copying.
(() => {
  const element = (id) => document.getElementById(id);
  const make = (tag, properties, ...children) => {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...children);
    return made;
  };

  addMenu();
  addTheme();
  addCopying();
  addSearch();
  element('navigation').querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest' });

  function addMenu() {
    const button = element('menu');
    button.hidden = false;
    const open = (isOpen) => {
      button.setAttribute('aria-expanded', String(isOpen));
      document.body.classList.toggle('menu-open', isOpen);
    };
    button.addEventListener('click', () => open(button.getAttribute('aria-expanded') !== 'true'));
    document.addEventListener('keydown', ({ key }) => {
      if (key !== 'Escape' || button.getAttribute('aria-expanded') !== 'true') return;
      open(false);
      button.focus();
    });
  }

  function addTheme() {
    const button = element('theme');
    const root = document.documentElement;
    const isDark = () =>
      root.dataset.theme === undefined
        ? matchMedia('(prefers-color-scheme: dark)').matches
        : root.dataset.theme === 'dark';
    const name = () => {
      button.textContent = isDark() ? 'Light' : 'Dark';
      button.setAttribute('aria-label', `Use the ${isDark() ? 'light' : 'dark'} theme`);
    };
    button.hidden = false;
    name();
    button.addEventListener('click', () => {
      root.dataset.theme = isDark() ? 'light' : 'dark';
      try {
        localStorage.setItem('commissaire-theme', root.dataset.theme);
      } catch {
        // The theme then lasts as long as the page.
      }
      name();
    });
  }

  /** Copies a block of code without the prompts of its lines. Only pages from https and localhost may write there. */
  function addCopying() {
    if (navigator.clipboard === undefined) return;
    for (const block of document.querySelectorAll('.code')) {
      const button = make('button', { type: 'button', className: 'copy', textContent: 'Copy' });
      button.setAttribute('aria-label', 'Copy this block');
      button.addEventListener('click', async () => {
        const text = block.querySelector('code').textContent;
        const commands = /^\$ /m.test(text) ? commandsOf(text) : text;
        await navigator.clipboard.writeText(commands);
        button.textContent = 'Copied';
        setTimeout(() => {
          button.textContent = 'Copy';
        }, 2000);
      });
      block.append(button);
    }
  }

  /** The commands behind the prompts, whose lines may go on after a backslash; what they print is left out. */
  function commandsOf(text) {
    const commands = Array.from(text.matchAll(/^\$ ((?:.*\\\n)*.*)$/gm), ([, command]) => command);
    return `${commands.join('\n')}\n`;
  }

  function addSearch() {
    const form = element('search');
    const query = element('query');
    const results = element('results');
    let chosen = -1;
    form.hidden = false;

    query.addEventListener('focus', load, { once: true });
    query.addEventListener('input', show);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      results.querySelectorAll('a')[Math.max(chosen, 0)]?.click();
    });
    query.addEventListener('keydown', (event) => {
      if (event.key === 'ArrowDown') choose(chosen + 1);
      else if (event.key === 'ArrowUp') choose(chosen - 1);
      else if (event.key === 'Escape') close();
      else return;
      event.preventDefault();
    });
    document.addEventListener('keydown', (event) => {
      const isTyping = event.target instanceof Element && event.target.closest('input, textarea') !== null;
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || isTyping) return;
      event.preventDefault();
      query.focus();
    });
    document.addEventListener('click', (event) => {
      if (!form.contains(event.target)) close();
    });
    results.addEventListener('click', close);

    /** The index is large: it is loaded when the search is wanted. */
    function load() {
      for (const src of ['search-index.js', 'search.js']) {
        document.head.append(make('script', { src, onload: show, async: false }));
      }
    }

    function show() {
      const { commissaireManual, findInManual } = globalThis;
      if (commissaireManual === undefined || findInManual === undefined) return;
      const found = findInManual(commissaireManual, query.value);
      chosen = -1;
      query.removeAttribute('aria-activedescendant');
      results.replaceChildren(...found.map(itemOf));
      open(found.length > 0);
      element('found').textContent = query.value.trim() === '' ? '' : `${found.length} sections found`;
      if (query.value.trim() !== '' && found.length === 0) {
        results.replaceChildren(make('li', { className: 'none', textContent: 'Nothing found' }));
        open(true);
      }
    }

    function itemOf({ file, page, anchor, heading, excerpt: [before, word, after] }, index) {
      const link = make(
        'a',
        { href: `${file}#${anchor}`, tabIndex: -1 },
        make('strong', { textContent: heading }),
        make('span', { className: 'page', textContent: page === heading ? '' : page }),
        make('span', { className: 'excerpt' }, before, make('mark', { textContent: word }), after),
      );
      const item = make('li', { id: `result-${index}` }, link);
      item.setAttribute('role', 'option');
      item.setAttribute('aria-selected', 'false');
      return item;
    }

    function choose(index) {
      const items = [...results.querySelectorAll('[role=option]')];
      if (items.length === 0) return;
      chosen = (index + items.length) % items.length;
      for (const [at, item] of items.entries()) item.setAttribute('aria-selected', String(at === chosen));
      query.setAttribute('aria-activedescendant', items[chosen].id);
      items[chosen].scrollIntoView({ block: 'nearest' });
    }

    function open(isOpen) {
      results.hidden = !isOpen;
      query.setAttribute('aria-expanded', String(isOpen));
    }

    function close() {
      open(false);
    }
  }
})();
