/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "decode/decode_priv.h"

#include <string.h>

#include "base/content.h"
#include "base/error.h"
#include "base/str.h"

/* Start of the base64 of `Salted__`, which does not depend on the salt. */
static const char armoured[] = "U2FsdGVkX1";

enum match { MATCH_NO, MATCH_MAYBE, MATCH_YES };

/* Whether a file that begins with @p data begins with @p mark. */
static enum match match_mark(const uint8_t *data, size_t len, const void *mark, size_t mark_len)
{
    if (memcmp(data, mark, len < mark_len ? len : mark_len) != 0)
        return MATCH_NO;
    return len < mark_len ? MATCH_MAYBE : MATCH_YES;
}

/* Likewise for base64, skipping blanks and a byte order mark: text tools break and indent lines. */
static enum match match_armour(const uint8_t *data, size_t len, bool *has_begun)
{
    size_t n_matched = 0;
    enum match bom = match_mark(data, len, PROVI_BOM, PROVI_BOM_BYTES);
    if (bom == MATCH_MAYBE)
        return MATCH_MAYBE;
    for (size_t i = bom == MATCH_YES ? PROVI_BOM_BYTES : 0; i < len && armoured[n_matched] != '\0';
         i++) {
        if (provi_is_blank((char)data[i]))
            continue;
        if (data[i] != (uint8_t)armoured[n_matched])
            return MATCH_NO;
        n_matched++;
    }
    *has_begun = n_matched > 0;
    return armoured[n_matched] == '\0' ? MATCH_YES : MATCH_MAYBE;
}

enum provi_found provi_sniff(const uint8_t *data, size_t len, bool is_all)
{
    if (len == 0)
        return is_all ? PROVI_FOUND_NOTHING : PROVI_FOUND_UNDECIDED;

    bool is_armour_begun = false;
    enum match gzip = match_mark(data, len, "\x1f\x8b", 2);
    enum match salted = match_mark(data, len, provi_salted, PROVI_SALTED_BYTES);
    enum match base64 = match_armour(data, len, &is_armour_begun);
    bool is_last_chance = is_all || len >= PROVI_SNIFF_BYTES;
    if (!is_last_chance && (gzip == MATCH_MAYBE || salted == MATCH_MAYBE || base64 == MATCH_MAYBE))
        return PROVI_FOUND_UNDECIDED;
    if (gzip != MATCH_NO)
        return PROVI_FOUND_GZIP;
    if (salted != MATCH_NO)
        return PROVI_FOUND_SALTED;
    if (base64 == MATCH_YES || (base64 == MATCH_MAYBE && is_armour_begun))
        return PROVI_FOUND_BASE64;
    return PROVI_FOUND_PLAIN;
}

/* Length of a block without PKCS#7 padding. */
static size_t unpadded_len(const uint8_t block[PROVI_CBC_BLOCK_BYTES])
{
    size_t n = block[PROVI_CBC_BLOCK_BYTES - 1];
    if (n == 0 || n > PROVI_CBC_BLOCK_BYTES)
        return PROVI_CBC_BLOCK_BYTES;
    for (size_t i = PROVI_CBC_BLOCK_BYTES - n; i < PROVI_CBC_BLOCK_BYTES; i++)
        if (block[i] != n)
            return PROVI_CBC_BLOCK_BYTES;
    return PROVI_CBC_BLOCK_BYTES - n;
}

bool provi_sniff_plaintext(const uint8_t block[PROVI_CBC_BLOCK_BYTES])
{
    if (memcmp(block, "\x1f\x8b\x08", 3) == 0)
        return (block[3] & 0xe0) == 0; /* RFC 1952: reserved flags are zero */

    size_t len = unpadded_len(block);
    size_t start =
        match_mark(block, len, PROVI_BOM, PROVI_BOM_BYTES) == MATCH_YES ? PROVI_BOM_BYTES : 0;
    while (start < len && provi_is_blank((char)block[start]))
        start++;
    if (start == len)
        return true; /* only blanks: the whole block, or the whole file */
    return block[start] == '<' &&
           provi_content_is_text((prov_str){(const char *)block + start, len - start});
}

/* Whether bytes are ASCII in UTF-16, with or without a byte order mark; @p low is the offset of the
 * low byte. */
static bool is_utf16(const uint8_t *data, size_t len, size_t low)
{
    size_t start = match_mark(data, len, low ? "\xfe\xff" : "\xff\xfe", 2) == MATCH_YES ? 2 : 0;
    for (size_t i = start; i + 1 < len; i += 2) {
        char c = (char)data[i + low];
        if (data[i + 1 - low] != 0 || !provi_content_is_text((prov_str){&c, 1}))
            return false;
    }
    return len >= 4 && len % 2 == 0;
}

const char *provi_sniff_other_plaintext(const uint8_t block[PROVI_CBC_BLOCK_BYTES])
{
    size_t len = unpadded_len(block);
    prov_str text = {(const char *)block, len};
    if (is_utf16(block, len, 0) || is_utf16(block, len, 1))
        return "UTF-16 text";
    if (memcmp(block, provi_salted, PROVI_SALTED_BYTES) == 0)
        return "a file encrypted once more by openssl enc";
    /* Noise is valid UTF-8 sixty times as often as ASCII, so only a few other characters are
     * accepted. */
    size_t n_beyond_ascii = 0;
    for (size_t i = 0; i < len; i++)
        n_beyond_ascii += block[i] >= 0x80;
    if (!provi_content_is_text(text) || n_beyond_ascii > 4)
        return NULL;
    const char *kind = provi_content_kind(text);
    return kind ? kind : "text that is no XML";
}

struct sniff_stage {
    struct provi_decode_stage stage;
    provi_sniff_choose choose;
    void *ctx;
    bool wants_words;
    bool is_decided;
    size_t len; /* <= PROVI_SNIFF_BYTES */
    uint8_t window[PROVI_SNIFF_BYTES];
};

static prov_status decide(struct sniff_stage *self, bool is_all, struct prov_error *err)
{
    enum provi_found found = provi_sniff(self->window, self->len, is_all);
    bool is_full = is_all || self->len == PROVI_SNIFF_BYTES;
    if (found == PROVI_FOUND_UNDECIDED ||
        (found == PROVI_FOUND_PLAIN && self->wants_words && !is_full))
        return PROV_OK;
    prov_str first = {(const char *)self->window, self->len};
    prov_status status = self->choose(self->ctx, found, first, &self->stage.next, err);
    if (status != PROV_OK)
        return status;
    self->is_decided = true;
    return provi_decode_stage_pass(&self->stage, self->window, self->len, err);
}

static prov_status sniff_write(struct provi_decode_stage *stage, const uint8_t *data, size_t len,
                               struct prov_error *err)
{
    struct sniff_stage *self = (struct sniff_stage *)stage;
    while (!self->is_decided && len > 0) {
        self->window[self->len++] = *data++;
        len--;
        prov_status status = decide(self, false, err);
        if (status != PROV_OK)
            return status;
    }
    return provi_decode_stage_pass(stage, data, len, err);
}

static prov_status sniff_end(struct provi_decode_stage *stage, struct prov_error *err)
{
    struct sniff_stage *self = (struct sniff_stage *)stage;
    return self->is_decided ? PROV_OK : decide(self, true, err);
}

static const struct provi_decode_stage_ops sniff_ops = {.write = sniff_write, .end = sniff_end};

prov_status provi_sniff_new(struct provi_decode_stage **out, const struct prov_alloc *alloc,
                            provi_sniff_choose choose, void *ctx, bool wants_words,
                            struct prov_error *err)
{
    struct sniff_stage *self =
        provi_decode_stage_new(alloc, sizeof *self, &sniff_ops, (struct prov_sink){0});
    *out = self ? &self->stage : NULL;
    if (!self)
        return provi_fail_nomem(err);
    self->choose = choose;
    self->ctx = ctx;
    self->wants_words = wants_words;
    return PROV_OK;
}
