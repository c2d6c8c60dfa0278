// Gives the demo's desk what its pages have to show: an account with a carrier, a file, a server, a webhook, a mapping of its own. All of it
// by the desk's own forms.

/** @param {import('playwright-core').Page} page  signed in, at the desk @returns {Promise<{ assistant: string, failures: string[] }>}
 *  where the mapping was made, to which no link leads afterwards; what could not be made */
export async function furnish(page) {
  const { origin } = new URL(page.url());
  /** @type {string[]} */
  const failures = [];
  /** @param {string} what @param {string} path @param {RegExp} leadsTo @param {import('playwright-core').APIRequestContext['post'] extends (a: any, b?: infer O) => any ? O : never} how */
  const make = async (what, path, leadsTo, how) => {
    const answer = await page.request.post(origin + path, how);
    if (!answer.ok() || !leadsTo.test(new URL(answer.url()).pathname)) failures.push(`desk: ${what} could not be made: ${answer.status()} at ${answer.url()}`);
  };
  const credentials = { 'f-client_id': 'an-id', 'f-client_secret': 'a-secret' };
  await make('an account', '/desk/carriers', /\/carriers\/acc_/, {
    form: { way: 'royalmail/tracking_v2', label: 'Royal Mail', covers: 'royalmail', per_day: '1000', untried: 'yes', ...credentials },
  });
  await make('a server', '/desk/files/servers', /\/servers\/./, {
    form: { name: 'Norfolk Vans, nightly', host: 'sftp.norfolk-vans.example', user: 'shop', password: 'a-secret', path: 'out/*.csv', holds: 'carrier' },
  });
  await make('a webhook', '/desk/webhooks', /\/webhooks/, { form: { url: 'http://127.0.0.1:9/tracking-and-a-rather-long-path-that-has-to-break-somewhere' } });
  const rows = 'Our ref;Parcel;E-Mail;Name\nTP-90001;QX100000001GB;ida@example.com;Ida Ferrars\nTP-90002;QX100000002GB;nobody;Tom Lund\n';
  await make('a file', '/desk/files', /\/files\/./, {
    multipart: { kind: 'shipments', file: { name: 'evening-wave.csv', mimeType: 'text/csv', buffer: Buffer.from(rows) } },
  });
  // What nobody knew stands in the quarantine, and the assistant proposes how to read it.
  await page.goto(`${origin}/desk/quarantine`);
  await page.locator('a[href^="/desk/mappings/new"]').first().click();
  await page.waitForURL(/\/desk\/mappings\/new/);
  const assistant = page.url();
  await page.locator('input[name=name]').fill('Norfolk Vans');
  await page.locator('input[name=carrier]').fill('norfolk_vans');
  await page.locator('button[formmethod=post]').click();
  await page.waitForURL(/\/desk\/mappings\/map_/, { timeout: 5_000 }).catch(() => failures.push('desk: a mapping could not be kept'));
  return { assistant, failures };
}
