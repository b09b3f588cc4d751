/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "floor.h"

#include <string.h>

#include <libxml/parser.h>
#include <openssl/evp.h>
#include <zlib.h>

#include "dials.h"
#include "realistic.h"

enum { SALT_AT = 8, SALTED_HEAD = 16 };

struct chain {
    EVP_CIPHER_CTX *cipher; /* NULL: not encrypted */
    z_stream zlib;
    bool is_packed;
    xmlParserCtxt *xml;
    size_t n_out; /* in `out` */
    unsigned char plain[FLOOR_PIECE + 16];
    unsigned char out[FLOOR_PIECE];
};

static void start_nothing(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
                          int n_namespaces, const xmlChar **namespaces, int n_attributes,
                          int n_defaulted, const xmlChar **attributes)
{
    (void)ctx, (void)name, (void)prefix, (void)uri, (void)n_namespaces, (void)namespaces;
    (void)n_attributes, (void)n_defaulted, (void)attributes;
}

static void end_nothing(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
    (void)ctx, (void)name, (void)prefix, (void)uri;
}

static void text_nothing(void *ctx, const xmlChar *text, int len)
{
    (void)ctx, (void)text, (void)len;
}

static void open_xml(struct chain *chain)
{
    xmlSAXHandler sax = {
        .initialized = XML_SAX2_MAGIC,
        .startElementNs = start_nothing,
        .endElementNs = end_nothing,
        .characters = text_nothing,
    };
    chain->xml = xmlCreatePushParserCtxt(&sax, NULL, NULL, 0, NULL);
    if (!chain->xml)
        test_die("floor: no parser");
    xmlCtxtUseOptions(chain->xml, XML_PARSE_NONET);
}

static void open_cipher(struct chain *chain, const unsigned char *salt)
{
    unsigned char key[32], iv[16];
    chain->cipher = EVP_CIPHER_CTX_new();
    EVP_BytesToKey(EVP_aes_256_cbc(), EVP_sha256(), salt, (const unsigned char *)REALISTIC_KEY,
                   (int)strlen(REALISTIC_KEY), 1, key, iv);
    if (EVP_DecryptInit_ex(chain->cipher, EVP_aes_256_cbc(), NULL, key, iv) != 1)
        test_die("floor: no cipher");
}

static void open_inflate(struct chain *chain)
{
    memset(&chain->zlib, 0, sizeof chain->zlib);
    chain->is_packed = true;
    if (inflateInit2(&chain->zlib, 16 + 15) != Z_OK)
        test_die("floor: no zlib");
}

static void parse(struct chain *chain, const unsigned char *data, size_t len, int is_last)
{
    if (xmlParseChunk(chain->xml, (const char *)data, (int)len, is_last) != 0)
        test_die("floor: not well-formed");
}

static void unpack(struct chain *chain, const unsigned char *data, size_t len)
{
    chain->zlib.next_in = (unsigned char *)(uintptr_t)data;
    chain->zlib.avail_in = (uInt)len;
    do {
        chain->zlib.next_out = chain->out + chain->n_out;
        chain->zlib.avail_out = (uInt)(FLOOR_PIECE - chain->n_out);
        int code = inflate(&chain->zlib, Z_NO_FLUSH);
        if (code != Z_OK && code != Z_BUF_ERROR && code != Z_STREAM_END)
            test_die("floor: not gzip");
        chain->n_out = FLOOR_PIECE - chain->zlib.avail_out;
        if (chain->n_out == FLOOR_PIECE) {
            parse(chain, chain->out, chain->n_out, 0);
            chain->n_out = 0;
        }
    } while (chain->zlib.avail_in > 0);
}

/* What is no longer encrypted; the first bytes say what it is. */
static void take_plain(struct chain *chain, const unsigned char *data, size_t len)
{
    if (!chain->xml) {
        open_xml(chain);
        if (len > 2 && data[0] == 0x1f && data[1] == 0x8b)
            open_inflate(chain);
    }
    if (chain->is_packed)
        unpack(chain, data, len);
    else
        parse(chain, data, len, 0);
}

static void take(struct chain *chain, const unsigned char *data, size_t len)
{
    int n;
    if (!chain->cipher) {
        take_plain(chain, data, len);
        return;
    }
    EVP_DecryptUpdate(chain->cipher, chain->plain, &n, data, (int)len);
    take_plain(chain, chain->plain, (size_t)n);
}

static void finish(struct chain *chain)
{
    int n;
    if (chain->cipher) {
        if (EVP_DecryptFinal_ex(chain->cipher, chain->plain, &n) != 1)
            test_die("floor: wrong key");
        take_plain(chain, chain->plain, (size_t)n);
    }
    parse(chain, chain->out, chain->n_out, 1);
    EVP_CIPHER_CTX_free(chain->cipher);
    if (chain->is_packed)
        inflateEnd(&chain->zlib);
    xmlFreeParserCtxt(chain->xml);
}

void floor_run(const void *data, size_t len)
{
    static struct chain chain;
    const unsigned char *bytes = data;
    size_t at = 0;
    chain.cipher = NULL;
    chain.xml = NULL;
    chain.is_packed = false;
    chain.n_out = 0;
    if (len > SALTED_HEAD && memcmp(bytes, "Salted__", SALT_AT) == 0) {
        open_cipher(&chain, bytes + SALT_AT);
        at = SALTED_HEAD;
    }
    for (; at < len; at += FLOOR_PIECE)
        take(&chain, bytes + at, len - at < FLOOR_PIECE ? len - at : FLOOR_PIECE);
    finish(&chain);
}
