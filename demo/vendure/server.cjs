// A real Vendure, in memory, in one process: API, job queue and catalogue. Loopback only.
// PORT and VENDURE_SUPERADMIN_PASSWORD come by environment; pictures are served under /assets/.
'use strict';
const { createHash, randomBytes, timingSafeEqual } = require('node:crypto');
const path = require('node:path');
const { Readable } = require('node:stream');
const {
    bootstrap, ChannelService, CurrencyCode, DefaultJobQueuePlugin, DefaultLogger,
    dummyPaymentHandler, JobQueueService, LanguageCode, LogLevel, mergeConfig, RandomBytesApiKeyStrategy, RequestContextService,
} = require('@vendure/core');
const { importProductsFromCsv, populateCollections, populateInitialData } = require('@vendure/core/cli');

const HOST = '127.0.0.1';
const PORT = Number(process.env.PORT || 3000);
const ASSETS = path.dirname(require.resolve('@vendure/create/assets/products.csv'));
const MIME = { '.jpg': 'image/jpeg', '.jpeg': 'image/jpeg', '.png': 'image/png', '.webp': 'image/webp' };

// Pictures live in memory like everything else; the preview is the picture itself.
const files = new Map();
const storage = {
    async writeFileFromBuffer(name, data) { files.set(name, data); return name; },
    async writeFileFromStream(name, stream) {
        const chunks = [];
        for await (const chunk of stream) chunks.push(chunk);
        files.set(name, Buffer.concat(chunks));
        return name;
    },
    async readFileToBuffer(name) { return files.get(name); },
    async readFileToStream(name) { return Readable.from(files.get(name)); },
    async deleteFile(name) { files.delete(name); },
    async fileExists(name) { return files.has(name); },
    toAbsoluteUrl(_request, name) { return `http://${HOST}:${PORT}/assets/${encodeURIComponent(name)}`; },
};

function serveImage(request, response, next) {
    const name = decodeURIComponent((request.path || '').replace(/^\//, ''));
    const data = files.get(name);
    if (!data) return next();
    response.setHeader('content-type', MIME[path.extname(name).toLowerCase()] || 'application/octet-stream');
    response.setHeader('x-content-type-options', 'nosniff');
    return response.end(data);
}

// A key is 32 random bytes: one SHA-256 is enough, and bcrypt would cost 60 ms on every request.
const keyHashing = {
    async hash(text) { return createHash('sha256').update(text).digest('hex'); },
    async check(text, hash) {
        const given = createHash('sha256').update(text).digest();
        const known = Buffer.from(hash, 'hex');
        return known.length === given.length && timingSafeEqual(given, known);
    },
};

const config = {
    logger: new DefaultLogger({ level: LogLevel.Warn, timestamp: false }),
    apiOptions: {
        hostname: HOST, port: PORT, adminApiPath: 'admin-api', shopApiPath: 'shop-api', introspection: false,
        cors: false, middleware: [{ route: '/assets', handler: serveImage, beforeListen: true }],
    },
    authOptions: {
        tokenMethod: ['bearer', 'api-key'],
        superadminCredentials: { identifier: 'superadmin', password: process.env.VENDURE_SUPERADMIN_PASSWORD },
        cookieOptions: { secret: randomBytes(16).toString('hex') },
        adminApiKeyStrategy: new RandomBytesApiKeyStrategy({ hashingStrategy: keyHashing, lastUsedAtUpdateInterval: '1h' }),
    },
    dbConnectionOptions: {
        type: 'sqljs', autoSave: false, database: new Uint8Array([]), location: '', synchronize: true, logging: false,
    },
    paymentOptions: { paymentMethodHandlers: [dummyPaymentHandler] },
    customFields: { ProductVariant: [{ name: 'cost', type: 'int', public: false, nullable: true }] },
    assetOptions: {
        assetStorageStrategy: storage,
        assetPreviewStrategy: { async generatePreviewImage(_ctx, _mime, data) { return data; } },
    },
    importExportOptions: { importAssetsDir: path.join(ASSETS, 'images') },
    plugins: [DefaultJobQueuePlugin.init({ useDatabaseForBuffer: false, pollInterval: 100 })],
};

async function useEuros(app) {
    const ctx = await app.get(RequestContextService).create({ apiType: 'admin' });
    const channels = app.get(ChannelService);
    const channel = await channels.getDefaultChannel(ctx);
    await channels.update(ctx, {
        id: channel.id, defaultCurrencyCode: CurrencyCode.EUR, availableCurrencyCodes: [CurrencyCode.EUR, CurrencyCode.USD],
        pricesIncludeTax: true, defaultLanguageCode: LanguageCode.en,
    });
}

async function main() {
    const initialData = require(path.join(ASSETS, 'initial-data.json'));
    const app = await bootstrap(config);
    await app.get(JobQueueService).start();
    await useEuros(app);
    await populateInitialData(app, initialData);
    await importProductsFromCsv(app, path.join(ASSETS, 'products.csv'), initialData.defaultLanguage);
    await populateCollections(app, initialData);
    process.stdout.write(JSON.stringify({ listening: `http://${HOST}:${PORT}` }) + '\n');
    for (const signal of ['SIGTERM', 'SIGINT']) {
        process.once(signal, () => app.close().finally(() => process.exit(0)));
    }
}

main().catch(error => {
    process.stderr.write(String(error && error.stack || error) + '\n');
    process.exit(1);
});
