/** What customers do in the shop. */
export const visits = {
  page: (shop: string) => fetch(`${shop}/products/7`),
  order: (shop: string) => post(`${shop}/orders`, { product: 7, quantity: 2 }),
  report: (shop: string) => fetch(`${shop}/report`),
  newsletter: (shop: string) => post(`${shop}/newsletter`, { address: 'nobody' }),
};

function post(url: string, body: object): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  return fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
}
