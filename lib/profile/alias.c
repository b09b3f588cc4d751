/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "profile/alias.h"

#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "profile/xml_text.h"

/* A position in the text of a map. */
struct cursor {
    prov_str text;
    size_t at; /* <= text.len */
};

static void skip_blanks(struct cursor *cursor)
{
    while (cursor->at < cursor->text.len && provi_is_blank(cursor->text.data[cursor->at]))
        cursor->at++;
}

static bool is_name_byte(char c)
{
    return provi_is_alnum(c) || c == '_' || c == '-' || c == '.' || c == ':' || (c & 0x80);
}

/* Read `/name` once or more; empty if there is none. */
static prov_str read_path(struct cursor *cursor)
{
    const prov_str *text = &cursor->text;
    size_t start = cursor->at;
    while (cursor->at + 1 < text->len && text->data[cursor->at] == '/' &&
           is_name_byte(text->data[cursor->at + 1])) {
        cursor->at++;
        while (cursor->at < text->len && is_name_byte(text->data[cursor->at]))
            cursor->at++;
    }
    return (prov_str){text->data + start, cursor->at - start};
}

static bool skip_char(struct cursor *cursor, char c)
{
    skip_blanks(cursor);
    if (cursor->at == cursor->text.len || cursor->text.data[cursor->at] != c)
        return false;
    cursor->at++;
    skip_blanks(cursor);
    return true;
}

static prov_status fail(const struct cursor *cursor, const char *expected, struct prov_error *err)
{
    provi_fail(err, PROV_E_SYNTAX, "alias map: expected %s", expected);
    provi_error_at(err, cursor->text, cursor->at);
    return PROV_E_SYNTAX;
}

/* Read `path = path ;`; the last semicolon is optional. */
static prov_status read_entry(struct cursor *cursor, prov_str *from, prov_str *to,
                              struct prov_error *err)
{
    *from = read_path(cursor);
    if (from->len == 0)
        return fail(cursor, "a path such as /element/element", err);
    if (!skip_char(cursor, '='))
        return fail(cursor, "'='", err);
    *to = read_path(cursor);
    if (to->len == 0)
        return fail(cursor, "a parameter such as /flat-profile/Name", err);
    skip_blanks(cursor);
    if (cursor->at < cursor->text.len && !skip_char(cursor, ';'))
        return fail(cursor, "';'", err);
    return PROV_OK;
}

static void add_entry(struct provi_alias_map *map, prov_str from, prov_str to)
{
    static const prov_str home = {"/flat-profile/", sizeof "/flat-profile/" - 1};
    prov_str param = provi_str_from_offset(to, home.len);
    bool is_param = provi_str_starts(to, home) && provi_xml_is_param_name(param);
    if (!is_param || map->n_entries == PROVI_ALIAS_MAX)
        map->n_ignored++;
    else
        map->entries[map->n_entries++] = (struct provi_alias){.path = from, .param = param};
}

prov_status provi_alias_map_parse(struct provi_alias_map *map, const struct prov_alloc *alloc,
                                  prov_str text, struct prov_error *err)
{
    if (text.len == 0)
        return PROV_OK;
    map->text = provi_alloc(alloc, text.len);
    if (!map->text)
        return provi_fail_nomem(err);
    memcpy(map->text, text.data, text.len);
    map->text_len = text.len;

    struct cursor cursor = {.text = {map->text, text.len}};
    skip_blanks(&cursor);
    while (cursor.at < cursor.text.len) {
        prov_str from, to;
        prov_status status = read_entry(&cursor, &from, &to, err);
        if (status != PROV_OK)
            return status;
        add_entry(map, from, to);
    }
    return PROV_OK;
}

/* Whether the names of the innermost elements form @p path, whose last name is the innermost. */
static bool ends_with(const unsigned char *const *open, size_t depth, prov_str path)
{
    while (path.len > 0) {
        if (depth == 0)
            return false;
        prov_str name = prov_str_from((const char *)open[--depth]);
        if (name.len >= path.len || path.data[path.len - name.len - 1] != '/')
            return false;
        if (memcmp(path.data + path.len - name.len, name.data, name.len) != 0)
            return false;
        path.len -= name.len + 1;
    }
    return true;
}

static size_t n_names(prov_str path)
{
    size_t n = 0;
    for (size_t i = 0; i < path.len; i++)
        n += path.data[i] == '/';
    return n;
}

prov_str provi_alias_map_find(struct provi_alias_map *map, const unsigned char *const *open,
                              size_t depth)
{
    struct provi_alias *found = NULL;
    size_t found_names = 0;
    for (size_t i = 0; i < map->n_entries; i++) {
        struct provi_alias *entry = &map->entries[i];
        if (ends_with(open, depth, entry->path) && n_names(entry->path) > found_names) {
            found = entry;
            found_names = n_names(entry->path);
        }
    }
    if (!found)
        return (prov_str){NULL, 0};
    found->is_used = true;
    return found->param;
}

void provi_alias_map_free(struct provi_alias_map *map, const struct prov_alloc *alloc)
{
    provi_free(alloc, map->text, map->text_len);
    *map = (struct provi_alias_map){0};
}
