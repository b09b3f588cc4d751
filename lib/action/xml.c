/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * Cisco XML: a root element with up to three `ExecuteItem`s. The vendor's sample is not
 * well-formed: its attribute has neither quotes nor escapes. So this reader accepts exactly the
 * constructs that such a document may have: no DTDs, no entities but the five of XML, and no
 * nesting.
 */
#include "action/action_priv.h"

#include <string.h>

#include "base/abi.h"
#include "base/error.h"
#include "base/str.h"
#include "profile/xml_text.h"

/* A position in the document, which is decoded in place only after all of it was read. */
struct cursor {
    prov_str text;
    size_t at;
    struct prov_error *err;
};

/* Attributes of an item, not decoded. */
struct item {
    prov_str url;
    uint32_t priority;
};

static prov_status fail_at(struct cursor *cursor, size_t place, const char *expected)
{
    provi_fail(cursor->err, PROV_E_CORRUPT, "%s", expected);
    provi_error_at(cursor->err, cursor->text, place);
    return PROV_E_CORRUPT;
}

static prov_status fail_here(struct cursor *cursor, const char *expected)
{
    return fail_at(cursor, cursor->at, expected);
}

static prov_str rest_of(const struct cursor *cursor)
{
    return provi_str_from_offset(cursor->text, cursor->at);
}

static bool take(struct cursor *cursor, prov_str literal)
{
    bool is_there = provi_str_starts(rest_of(cursor), literal);
    cursor->at += is_there ? literal.len : 0;
    return is_there;
}

static bool skip_blanks(struct cursor *cursor)
{
    const size_t start = cursor->at;
    while (cursor->at < cursor->text.len && provi_is_blank(cursor->text.data[cursor->at]))
        cursor->at++;
    return cursor->at > start;
}

/* Move past the next @p end. */
static bool skip_to(struct cursor *cursor, prov_str end)
{
    for (; cursor->at < cursor->text.len; cursor->at++)
        if (take(cursor, end))
            return true;
    return false;
}

/* Skip blanks, comments, the XML declaration and other processing instructions. */
static prov_status skip_between(struct cursor *cursor)
{
    for (;;) {
        skip_blanks(cursor);
        const size_t start = cursor->at;
        if (take(cursor, PROVI_LIT("<!--"))) {
            if (!skip_to(cursor, PROVI_LIT("-->")))
                return fail_at(cursor, start, "expected --> after this comment");
        } else if (take(cursor, PROVI_LIT("<?"))) {
            if (!skip_to(cursor, PROVI_LIT("?>")))
                return fail_at(cursor, start, "expected ?> after this instruction");
        } else if (provi_str_starts(rest_of(cursor), PROVI_LIT("<!")))
            return fail_here(cursor, "expected neither a DTD nor a CDATA section");
        else
            return PROV_OK;
    }
}

static prov_str read_name(struct cursor *cursor)
{
    prov_str name = rest_of(cursor);
    size_t len = 0;
    while (len < name.len && !provi_is_blank(name.data[len]) && !strchr("/>=<\"'", name.data[len]))
        len++;
    name.len = len;
    cursor->at += len;
    return name;
}

/* Length of a reference at the start of @p text, or 0, and its character. */
static size_t read_reference(prov_str text, uint32_t *c)
{
    static const struct {
        char name[7];
        char c;
    } entities[] = {
        {"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}};
    for (size_t i = 0; i < sizeof entities / sizeof *entities; i++)
        if (provi_str_starts(text, prov_str_from(entities[i].name))) {
            *c = (uint32_t)entities[i].c;
            return strlen(entities[i].name);
        }
    const bool is_hex = provi_str_starts(text, PROVI_LIT("&#x"));
    if (!provi_str_starts(text, PROVI_LIT("&#")))
        return 0;
    size_t at = is_hex ? 3 : 2;
    const size_t start = at;
    for (*c = 0; at < text.len && *c <= 0x10ffff; at++) {
        const int digit = provi_hex_digit(text.data[at]);
        if (digit < 0 || (!is_hex && digit > 9))
            break;
        *c = *c * (is_hex ? 16 : 10) + (uint32_t)digit;
    }
    return at > start && at < text.len && text.data[at] == ';' ? at + 1 : 0;
}

/* Write a character as UTF-8, which is never longer than its reference. Returns the number of
 * bytes. */
static size_t write_char(char *to, uint32_t c)
{
    if (c < 0x80) {
        to[0] = (char)c;
        return 1;
    }
    const size_t n_more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static const unsigned char lead[] = {0, 0xc0, 0xe0, 0xf0};
    to[0] = (char)(lead[n_more] | c >> 6 * n_more);
    for (size_t i = 1; i <= n_more; i++)
        to[i] = (char)(0x80 | (c >> 6 * (n_more - i) & 0x3f));
    return n_more + 1;
}

/* Whether a value may contain a character: it is one line of text. */
static bool is_text(uint32_t c)
{
    char bytes[4];
    return c >= 0x20 && c != 0x7f && c <= 0x10ffff &&
           provi_xml_is_text((prov_str){bytes, write_char(bytes, c)});
}

static prov_status check_value(struct cursor *cursor, prov_str value, bool is_literal)
{
    const size_t start = (size_t)(value.data - cursor->text.data);
    for (size_t i = 0; i < value.len; i++) {
        if (value.data[i] == '<')
            return fail_at(cursor, start + i, "expected &lt; in a value, or its end, found \"<\"");
        if (provi_is_control(value.data[i]) && !provi_is_blank(value.data[i]))
            return fail_at(cursor, start + i, "expected no control character in a value");
        if (value.data[i] != '&')
            continue;
        uint32_t c;
        const size_t len = read_reference(provi_str_from_offset(value, i), &c);
        if (len == 0 && !is_literal)
            return fail_at(cursor, start + i,
                           "expected &amp; or another reference of XML, found \"&\"");
        if (len && !is_text(c))
            return fail_at(cursor, start + i, "expected a reference to a printable character");
    }
    return PROV_OK;
}

/* End of a value without quotes: the end of the tag, or the next attribute. */
static size_t literal_end(prov_str text)
{
    const prov_str priority = PROVI_LIT("Priority=");
    for (size_t i = 0; i < text.len; i++) {
        const prov_str rest = provi_str_from_offset(text, i);
        if (rest.data[0] == '>' || provi_str_starts(rest, PROVI_LIT("/>")))
            return i;
        if (provi_is_blank(rest.data[0]) &&
            provi_str_starts(provi_str_from_offset(rest, 1), priority))
            return i;
    }
    return text.len;
}

static prov_status read_value(struct cursor *cursor, prov_str *value)
{
    const size_t start = cursor->at;
    prov_str rest = rest_of(cursor);
    const char quote = rest.len ? rest.data[0] : '\0';
    /* Without quotes a '&' need not begin a reference. */
    const bool is_literal = quote != '"' && quote != '\'';
    if (!is_literal) {
        rest = provi_str_from_offset(rest, 1);
        const size_t len = provi_str_find(rest, quote);
        if (len == rest.len)
            return fail_at(cursor, start, "expected a second quote after this one");
        *value = (prov_str){cursor->text.data + start + 1, len};
        cursor->at += len + 2;
    } else {
        const size_t len = literal_end(rest);
        if (len == rest.len)
            return fail_at(cursor, start, "expected /> after this value");
        cursor->at += len;
        *value = provi_str_trim((prov_str){cursor->text.data + start, len});
    }
    return check_value(cursor, *value, is_literal);
}

static prov_status set_attribute(struct cursor *cursor, size_t place, prov_str name, prov_str value,
                                 struct item *item)
{
    uint64_t priority;
    if (provi_str_is(name, "URL")) {
        if (item->url.data)
            return fail_at(cursor, place, "expected one URL in an ExecuteItem");
        item->url = value;
    } else if (provi_str_is(name, "Priority")) {
        if (!provi_str_to_u64(value, 2, &priority))
            return fail_at(cursor, place, "expected a Priority of 0, 1 or 2");
        item->priority = (uint32_t)priority;
    }
    return PROV_OK; /* other attributes: of a later release of the format, or namespaces */
}

/* Read the attributes of a tag up to its end. @p item is NULL for the root, whose attributes are
 * ignored. */
static prov_status read_attributes(struct cursor *cursor, struct item *item, bool *is_closed)
{
    for (;;) {
        const bool is_apart = skip_blanks(cursor);
        const size_t place = cursor->at;
        *is_closed = take(cursor, PROVI_LIT("/>"));
        if (*is_closed || take(cursor, PROVI_LIT(">")))
            return PROV_OK;
        const prov_str name = read_name(cursor);
        if (!is_apart || name.len == 0)
            return fail_at(cursor, place, "expected an attribute or the end of the tag");
        skip_blanks(cursor);
        if (!take(cursor, PROVI_LIT("=")))
            return fail_here(cursor, "expected = after the name of an attribute");
        skip_blanks(cursor);
        prov_str value = {NULL, 0};
        prov_status status = read_value(cursor, &value);
        if (status == PROV_OK && item)
            status = set_attribute(cursor, place, name, value, item);
        if (status != PROV_OK)
            return status;
    }
}

static prov_status close_tag(struct cursor *cursor, prov_str name)
{
    const size_t place = cursor->at;
    if (take(cursor, PROVI_LIT("</")) && provi_str_eq(read_name(cursor), name)) {
        skip_blanks(cursor);
        if (take(cursor, PROVI_LIT(">")))
            return PROV_OK;
    }
    provi_fail(cursor->err, PROV_E_CORRUPT, "expected </%.*s>", PROVI_STR(name));
    provi_error_at(cursor->err, cursor->text, place);
    return PROV_E_CORRUPT;
}

static prov_status read_item(struct cursor *cursor, struct item *item)
{
    const size_t place = cursor->at;
    bool is_closed;
    *item = (struct item){.url = {NULL, 0}};
    if (!take(cursor, PROVI_LIT("<")) || !provi_str_is(read_name(cursor), "ExecuteItem"))
        return fail_at(cursor, place, "expected <ExecuteItem ");
    prov_status status = read_attributes(cursor, item, &is_closed);
    if (status != PROV_OK)
        return status;
    if (item->url.len == 0)
        return fail_at(cursor, place, "expected URL=\"...\" in this ExecuteItem");
    if (is_closed)
        return PROV_OK;
    status = skip_between(cursor);
    return status == PROV_OK ? close_tag(cursor, PROVI_LIT("ExecuteItem")) : status;
}

/* Whether a name is `CiscoIPPhoneExecute`, or that of a model, such as `CP-8841-3PCCExecute`. */
static bool is_root(prov_str name)
{
    const prov_str end = PROVI_LIT("Execute");
    return provi_str_is(name, "CiscoIPPhoneExecute") ||
           (provi_str_starts(name, PROVI_LIT("CP-")) && name.len > end.len &&
            provi_str_eq(provi_str_from_offset(name, name.len - end.len), end));
}

/* Items beyond the third are read too, since a syntax error is reported before a wrong number of
 * items. */
static prov_status read_items(struct cursor *cursor, prov_str root, struct item *items, size_t *n)
{
    for (*n = 0;; ++*n) {
        struct item item;
        prov_status status = skip_between(cursor);
        if (status != PROV_OK)
            return status;
        if (provi_str_starts(rest_of(cursor), PROVI_LIT("</")))
            return close_tag(cursor, root);
        status = read_item(cursor, &item);
        if (status != PROV_OK)
            return status;
        if (*n < PROV_ACTION_MAX_ITEMS)
            items[*n] = item;
    }
}

static prov_status read_document(struct cursor *cursor, struct item *items, size_t *n)
{
    bool is_closed = false;
    take(cursor, PROVI_LIT("\xef\xbb\xbf"));
    prov_status status = skip_between(cursor);
    if (status != PROV_OK)
        return status;
    const size_t place = cursor->at;
    const bool is_tag = take(cursor, PROVI_LIT("<"));
    const prov_str root = read_name(cursor);
    if (!is_tag || !is_root(root))
        return fail_at(cursor, place,
                       "expected a root element CiscoIPPhoneExecute or CP-...-3PCCExecute");
    status = read_attributes(cursor, NULL, &is_closed);
    *n = 0;
    if (status == PROV_OK && !is_closed)
        status = read_items(cursor, root, items, n);
    if (status == PROV_OK)
        status = skip_between(cursor);
    if (status == PROV_OK && cursor->at < cursor->text.len)
        return fail_here(cursor, "expected nothing after the root element");
    if (status == PROV_OK && (*n == 0 || *n > PROV_ACTION_MAX_ITEMS))
        return provi_fail(cursor->err, PROV_E_VALUE, "expected 1 to %d ExecuteItems, found %zu",
                          PROV_ACTION_MAX_ITEMS, *n);
    return status;
}

/* Decode a value in its place in the buffer. Line breaks and tabs become blanks, as in XML. */
static prov_str decode_value(char *text, const struct item *item)
{
    size_t n = 0;
    for (size_t i = 0; i < item->url.len; i++) {
        uint32_t c;
        const size_t len =
            text[i] == '&' ? read_reference(provi_str_from_offset(item->url, i), &c) : 0;
        if (len) {
            n += write_char(text + n, c);
            i += len - 1;
        } else
            text[n++] = provi_is_blank(text[i]) ? ' ' : text[i];
    }
    return provi_str_trim((prov_str){text, n});
}

static void fill_action(struct prov_action *action, prov_str url)
{
    const prov_str resync = PROVI_LIT("Resync:");
    const prov_str scheme = {url.data, url.len < resync.len ? url.len : resync.len};
    action->kind = PROV_ACTION_URI;
    action->text = url;
    if (provi_str_eq_nocase(scheme, resync)) {
        action->kind = PROV_ACTION_RESYNC;
        action->rule = provi_str_trim(provi_str_from_offset(url, resync.len));
    }
}

/* Find the document in a form: `XML=`, escaped. Many scripts send `XML=<…` without escapes. */
static prov_status read_form(prov_str body, char *buf, prov_str *document, struct prov_error *err)
{
    prov_str fields = body, field;
    while (provi_str_split(&fields, '&', &field)) {
        if (!provi_str_starts(field, PROVI_LIT("XML=")))
            continue;
        field = provi_str_from_offset(field, strlen("XML="));
        if (provi_str_starts(provi_str_trim(field), PROVI_LIT("<"))) {
            const size_t start = (size_t)(field.data - body.data);
            *document = provi_str_from_offset(body, start);
            memcpy(buf, document->data, document->len);
            document->data = buf;
            return PROV_OK;
        }
        return provi_action_decode(body, field, PROVI_DECODE_FORM, buf, document, err);
    }
    provi_fail(err, PROV_E_CORRUPT, "expected Cisco XML, or a form with XML=");
    provi_error_at(err, body, 0);
    return PROV_E_CORRUPT;
}

/* Copy the document: the whole body, or the field XML of a form. */
static prov_status read_text(uint32_t door, prov_str body, char *buf, prov_str *document,
                             struct prov_error *err)
{
    const prov_str start = provi_str_trim(body);
    const bool is_form = door == PROV_DOOR_XML && start.len && start.data[0] != '<' &&
                         !provi_str_starts(start, PROVI_LIT("\xef\xbb\xbf"));
    if (is_form)
        return read_form(body, buf, document, err);
    if (body.len)
        memcpy(buf, body.data, body.len);
    *document = (prov_str){body.len ? buf : "", body.len};
    return PROV_OK;
}

/* Check that the document is UTF-8 with only the characters of XML. */
static prov_status check_text(struct cursor *cursor)
{
    for (size_t at = 0; at < cursor->text.len;) {
        const prov_str rest = provi_str_from_offset(cursor->text, at);
        const size_t len = provi_xml_char_len(rest);
        if (len == 0 || !provi_xml_is_text((prov_str){rest.data, len}))
            return fail_at(cursor, at, "expected UTF-8 without control characters");
        at += len;
    }
    return PROV_OK;
}

static prov_status read_xml(uint32_t door, prov_str body, prov_str requester, char *buf,
                            struct prov_action *actions, size_t *n, struct prov_error *err)
{
    struct cursor cursor = {.err = err};
    struct item items[PROV_ACTION_MAX_ITEMS];
    prov_status status = read_text(door, body, buf, &cursor.text, err);
    if (status == PROV_OK)
        status = check_text(&cursor);
    if (status == PROV_OK)
        status = read_document(&cursor, items, n);
    if (status != PROV_OK)
        return status;
    for (size_t i = 0; i < *n; i++) {
        const size_t start = (size_t)(items[i].url.data - buf);
        actions[i] = (struct prov_action){
            .size = sizeof actions[i],
            .door = door,
            .priority = items[i].priority,
            .flags = PROV_ACTION_FROM_XML,
            .requester = requester,
        };
        fill_action(&actions[i], decode_value(buf + start, &items[i]));
    }
    return PROV_OK;
}

prov_status prov_action_from_xml(uint32_t door, prov_str body, prov_str requester, char *buf,
                                 size_t cap, struct prov_action *items, size_t *n,
                                 struct prov_error *err)
{
    struct prov_action actions[PROV_ACTION_MAX_ITEMS];
    size_t n_actions = 0;
    if ((door != PROV_DOOR_XML && door != PROV_DOOR_NOTIFY) || !provi_str_is_sound(body) ||
        !provi_str_is_sound(requester) || (!buf && cap) || !items || !n)
        return provi_fail_invalid(err, "door, body, requester, buf, items or n");
    if (!provi_abi_is_size(items->size))
        return provi_fail(err, PROV_E_ABI, "items[0].size: expected sizeof(struct prov_action)");
    const size_t most = cap < PROV_ACTION_MAX_DOCUMENT ? cap : PROV_ACTION_MAX_DOCUMENT;
    if (body.len > most)
        return provi_fail(err, PROV_E_LIMIT, "document of %zu bytes, at most %zu", body.len, most);
    prov_status status = read_xml(door, body, requester, buf, actions, &n_actions, err);
    if (status != PROV_OK)
        return status;
    const size_t size = items->size;
    for (size_t i = 0; i < n_actions; i++) {
        struct prov_action *item = (struct prov_action *)((char *)items + i * size);
        memcpy(item, &size, sizeof size);
        provi_abi_out(item, &actions[i], sizeof actions[i]);
    }
    *n = n_actions;
    return PROV_OK;
}
