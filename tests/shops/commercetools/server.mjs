// commercetools-mock on the loopback, with what it leaves out in front of it: an API client's secret and
// scopes are checked, a discount code is unique, and tests may script answers.
// CLIENTS (JSON: {id: {secret, scopes}}), PROJECT and PORT come by environment.
import { CommercetoolsMock } from '@labdigital/commercetools-mock';

const PROJECT = process.env.PROJECT;
const CLIENTS = JSON.parse(process.env.CLIENTS);
const shop = new CommercetoolsMock({
    enableAuthentication: true, validateCredentials: true, defaultProjectKey: PROJECT, silent: true,
});

// Which scope covers which part of the API, as the platform's own list of scopes has it.
const COVERED_BY = {
    'products': 'products', 'product-types': 'products', 'channels': 'products', 'inventory': 'products',
    'categories': 'categories', 'tax-categories': 'tax_categories', 'orders': 'orders',
    'cart-discounts': 'cart_discounts', 'discount-codes': 'discount_codes', '': 'project_settings',
};
let scripts = [];

function refuse(reply, status, code, message) {
    return reply.code(status).send({ statusCode: status, message, errors: [{ code, message }] });
}

function client(request) {
    const text = Buffer.from((request.headers.authorization || '').replace(/^Basic /, ''), 'base64').toString();
    const [id, secret] = [text.slice(0, text.indexOf(':')), text.slice(text.indexOf(':') + 1)];
    return Object.hasOwn(CLIENTS, id) && CLIENTS[id].secret === secret;
}

function allowed(request) {
    const token = (request.headers.authorization || '').replace(/^Bearer /, '');
    const id = shop.authStore().getClientIdForToken(token);
    if (!id) return true; // the mock itself refuses a token that it has not given out
    const part = new URL(request.url, 'http://shop').pathname.split('/')[2] || '';
    const held = CLIENTS[id].scopes.map((scope) => scope.split(':')[0]);
    if (held.includes('manage_project')) return true;
    const name = COVERED_BY[part];
    return held.includes(`manage_${name}`) || (request.method === 'GET' && held.includes(`view_${name}`));
}

function scripted(request, when) {
    const found = scripts.find((one) => one.when === when && one.times > 0 && request.method === one.method
        && request.url.includes(one.path));
    if (found) found.times -= 1;
    return found;
}

shop.app.addHook('onRequest', async (request, reply) => {
    if (request.url.startsWith('/oauth/')) {
        if (!client(request)) return refuse(reply, 401, 'invalid_client', 'Please provide valid client credentials.');
        return;
    }
    if (request.url.startsWith('/_script')) return;
    const found = scripted(request, 'before');
    if (found) {
        for (const [name, value] of Object.entries(found.headers || {})) reply.header(name, value);
        return refuse(reply, found.status, found.code || 'Scripted', 'scripted');
    }
    if (!allowed(request)) return refuse(reply, 403, 'insufficient_scope', 'Insufficient scope.');
});
shop.app.addHook('preHandler', async (request, reply) => {
    if (request.method !== 'POST' || !/\/discount-codes(\?|$)/.test(request.url)) return;
    const same = await shop.app.inject({
        method: 'GET', url: `/${PROJECT}/discount-codes?where=${encodeURIComponent(`code=${JSON.stringify(request.body?.code)}`)}`,
        headers: { authorization: request.headers.authorization },
    });
    if (JSON.parse(same.body).results?.length) return refuse(reply, 400, 'DuplicateField', 'A code like this is there.');
});
shop.app.addHook('onSend', async (request, reply, payload) => {
    const found = reply.statusCode < 300 && scripted(request, 'after');
    if (!found) return payload;
    reply.code(found.status).header('content-type', 'application/json');
    return JSON.stringify({ statusCode: found.status, message: 'scripted', errors: [{ code: 'General' }] });
});
shop.app.post('/_script', async (request) => { scripts = request.body; return {}; });

await shop.app.listen({ port: Number(process.env.PORT || 0), host: '127.0.0.1' });
process.stdout.write(JSON.stringify({ listening: shop.app.server.address().port }) + '\n');
process.on('SIGTERM', () => process.exit(0));
// Whoever started us holds our input open: its end, kill -9 included, is ours.
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
