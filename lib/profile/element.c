/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "profile/profile_priv.h"

#include <string.h>

#include <provision/catalogue.h>

#include "base/error.h"
#include "base/str.h"
#include "profile/xml_text.h"

/* What startElementNs hands over for each attribute. */
enum { ATTR_NAME, ATTR_PREFIX, ATTR_URI, ATTR_VALUE, ATTR_END, ATTR_SLOTS };

/* Longest name in the catalogue, line number included, and more. */
enum { MAX_PROPER_NAME = 128 };

/* A start tag as libxml2 has read it. */
struct tag {
    const xmlChar *name; /* with its prefix, one pointer per name and document */
    size_t name_len;
    size_t len;  /* up to its '>' or '/>' */
    prov_str ua; /* value of that attribute; NULL data: there is none */
    int n_attributes;
    bool has_prefix;
    bool is_self_closing;
    struct provi_profile_place place; /* of its '<'; no column */
};

void provi_profile_warn(prov_profile_parser *parser, enum prov_profile_warning kind, prov_str name,
                        uint32_t line)
{
    parser->result.n_warnings++;
    if (parser->handler.warning)
        parser->handler.warning(parser->handler.ctx, kind, name, line);
}

static void fail_here(prov_profile_parser *parser, prov_status status, const char *message)
{
    provi_fail(&parser->error, status, "%s", message);
    provi_profile_stop(parser, provi_profile_here(parser));
}

/* The tag's place */

/* Value of the `ua` attribute; NULL data: there is none. */
static prov_str find_ua(const prov_profile_parser *parser, int n_attributes,
                        const xmlChar **attributes)
{
    for (const xmlChar **at = attributes; n_attributes > 0; n_attributes--, at += ATTR_SLOTS) {
        if (at[ATTR_NAME] == parser->ua && !at[ATTR_PREFIX])
            return (prov_str){(const char *)at[ATTR_VALUE],
                              (size_t)(at[ATTR_END] - at[ATTR_VALUE])};
    }
    return (prov_str){NULL, 0};
}

/*
 * The '<' of the tag that ends before @p end, if it is written in the plainest way: `<name` or
 * `<name ua="…"` with one blank. NULL: it is not. No other '<' can stand inside a tag.
 */
static const xmlChar *plain_start(const struct tag *tag, const xmlChar *base, const xmlChar *end)
{
    const xmlChar *name_end = end;
    if (tag->n_attributes) {
        const xmlChar *value = (const xmlChar *)tag->ua.data;
        if (tag->n_attributes > 1 || value < base || value + tag->ua.len + 1 != end)
            return NULL;
        name_end = value - strlen(" ua=\"");
    }
    bool fits = (size_t)(end - base) > (size_t)(end - name_end) + tag->name_len;
    const xmlChar *start = fits ? name_end - tag->name_len - 1 : NULL;
    return start && *start == '<' && *name_end != '\n' ? start : NULL;
}

/* Find out where the tag starts that libxml2 has just read up to its '>' or '/>'. */
static void measure_tag(const prov_profile_parser *parser, struct tag *tag)
{
    const xmlParserInput *input = parser->xml->input;
    tag->name_len = strlen((const char *)tag->name);
    tag->is_self_closing = *input->cur == '/';
    tag->place.line = parser->lead.line + (uint32_t)input->line - 1;
    const xmlChar *start = plain_start(tag, input->base, input->cur);
    if (!start) {
        for (start = input->cur; start > input->base && *start != '<'; start--)
            tag->place.line -= *start == '\n';
    }
    tag->len = (size_t)(input->cur - start);
    tag->place.offset = provi_profile_offset(parser) - tag->len;
}

/* Parameters */

/* Source: MPP Administration Guide 11.3, "User Access Attribute". */
static uint8_t parse_access(prov_str ua)
{
    if (ua.len != 2)
        return PROV_ACCESS_KEEP;
    if (memcmp(ua.data, "na", 2) == 0)
        return PROV_ACCESS_NONE;
    if (memcmp(ua.data, "ro", 2) == 0)
        return PROV_ACCESS_READ;
    return memcmp(ua.data, "rw", 2) == 0 ? PROV_ACCESS_WRITE : PROV_ACCESS_KEEP;
}

/* Whether the catalogue spells the entry so; it has `n` for the number of a line. */
static bool is_proper(const struct prov_param_info *info, prov_str written)
{
    prov_str proper = prov_str_from(info->name);
    if (!(info->flags & PROV_PARAM_PER_LINE))
        return provi_str_eq(written, proper);
    proper.len -= strlen("n_");
    return provi_str_starts(written, proper);
}

/* libxml2's copy of a name; no data: no memory, and the parser has failed. */
static prov_str intern(prov_profile_parser *parser, prov_str name)
{
    const xmlChar *own = xmlDictLookup(parser->xml->dict, BAD_CAST name.data, (int)name.len);
    if (!own)
        provi_profile_xml_error(parser, XML_ERR_NO_MEMORY);
    return (prov_str){(const char *)own, own ? name.len : 0};
}

/* The name a handler gets: as the catalogue spells it, or as written. No data: as intern(). */
static prov_str proper_name(prov_profile_parser *parser, prov_str written, uint32_t line,
                            const struct prov_param_info **info)
{
    bool is_exact;
    *info = prov_catalogue_find_in(parser->catalogue, written, &is_exact);
    if (*info && !is_exact && parser->strict_names)
        *info = NULL;
    if (!*info || (is_exact && is_proper(*info, written)))
        return written;
    if (!is_exact)
        provi_profile_warn(parser, PROV_WARN_CASE, written, line);
    char proper[MAX_PROPER_NAME];
    size_t len;
    if (prov_catalogue_spell(*info, written, proper, sizeof proper, &len) != PROV_OK)
        return written;
    return intern(parser, (prov_str){proper, len});
}

static void begin_param(prov_profile_parser *parser, const struct tag *tag, prov_str written,
                        bool is_alias)
{
    struct provi_profile_open_param *param = &parser->param;
    param->tag = tag->name;
    param->is_self_closing = tag->is_self_closing;
    param->is_alias = is_alias;
    param->has_child = false;
    param->out.line = tag->place.line;
    param->out.offset = tag->place.offset;
    param->out.access = parse_access(tag->ua);
    param->out.name = proper_name(parser, written, tag->place.line, &param->out.info);
    if (!param->out.name.data)
        return;
    param->depth = parser->depth;
    parser->value.len = 0;
    if (tag->ua.data && param->out.access == PROV_ACCESS_KEEP)
        provi_profile_warn(parser, PROV_WARN_BAD_ACCESS, param->out.name, param->out.line);
}

/* Of any other element a child shows that it is none. */
static bool is_known(const struct provi_profile_open_param *param)
{
    return param->out.info || param->is_alias;
}

/* Source of the three cases: MPP Administration Guide 11.3, "Element Tags, Attributes, ...". */
static bool sets_value(const prov_profile_parser *parser)
{
    if (!parser->param.is_self_closing)
        return true;
    if (parser->param.out.access != PROV_ACCESS_KEEP)
        return parser->self_closing_ua_clears;
    return !parser->dialect.self_closing_keeps;
}

/* A profile for another device must not be applied. */
static bool is_for_this_device(prov_profile_parser *parser, const struct prov_param *param)
{
    if (parser->bind_name.len == 0 || !param->has_value ||
        !provi_str_eq(param->name, provi_buffer_str(&parser->bind_name)))
        return true;
    if (provi_profile_same_identity(param->value, provi_buffer_str(&parser->bind_value)))
        return true;
    provi_fail(&parser->error, PROV_E_POLICY, "the profile is for another device");
    provi_profile_stop(parser, provi_profile_here(parser));
    return false;
}

static void hand_over(prov_profile_parser *parser, const struct prov_param *param)
{
    parser->result.n_params++;
    prov_status status = parser->handler.param(parser->handler.ctx, param, &parser->error);
    if (status == PROV_OK)
        return;
    if (parser->error.status == PROV_OK)
        provi_fail(&parser->error, status, "the receiver refused the parameter");
    parser->error.status = status;
    provi_profile_stop(parser, provi_profile_here(parser));
}

static void end_param(prov_profile_parser *parser)
{
    struct provi_profile_open_param *open = &parser->param;
    struct prov_param *param = &open->out;
    if (open->has_child && !is_known(open))
        return; /* a container of something else, not a parameter */
    if (parser->last_tag == open->tag)
        provi_profile_warn(parser, PROV_WARN_DUPLICATE, param->name, param->line);
    parser->last_tag = open->tag;

    param->has_value = sets_value(parser);
    param->value = param->has_value && parser->value.len
                       ? provi_profile_tidy(parser->value.data, parser->value.len)
                       : PROVI_LIT("");
    if (param->access == PROV_ACCESS_KEEP && parser->dialect.missing_ua_resets)
        param->access = PROV_ACCESS_DEFAULT;
    if (is_for_this_device(parser, param))
        hand_over(parser, param);
}

/* Elements */

static const xmlChar *full_name(prov_profile_parser *parser, const xmlChar *name,
                                const xmlChar *prefix)
{
    const xmlChar *full = prefix ? xmlDictQLookup(parser->xml->dict, prefix, name) : name;
    if (!full)
        provi_profile_xml_error(parser, XML_ERR_NO_MEMORY);
    return full;
}

static bool is_page(const xmlChar *root)
{
    return provi_str_eq_nocase(prov_str_from((const char *)root), PROVI_LIT("html"));
}

static bool refuse(prov_profile_parser *parser, prov_status status, const char *message)
{
    fail_here(parser, status, message);
    return false;
}

/* Whether the tag keeps the limits. */
static bool accept_tag(prov_profile_parser *parser, const struct tag *tag)
{
    if (parser->depth == parser->limits.max_depth)
        return refuse(parser, PROV_E_LIMIT, "elements are nested too deep");
    if (tag->name_len > parser->limits.max_name_bytes)
        return refuse(parser, PROV_E_LIMIT, "an element name that is too long");
    if (tag->len > PROVI_PROFILE_MAX_TAG)
        return refuse(parser, PROV_E_LIMIT, "a tag that is too long");
    if (parser->depth == 0 && is_page(tag->name) && parser->aliases.n_entries == 0)
        return refuse(parser, PROV_E_CORRUPT, "an HTML page, not a profile");
    return true;
}

/* Whether the element just opened is a direct child of a flat profile. */
static bool is_in_profile(const prov_profile_parser *parser, const struct tag *tag)
{
    return parser->depth > 1 && parser->open[parser->depth - 2] == parser->flat_profile &&
           tag->name != parser->flat_profile;
}

static void note_child(prov_profile_parser *parser)
{
    if (!parser->param.has_child)
        provi_profile_warn(parser, PROV_WARN_NESTED, parser->param.out.name,
                           parser->param.out.line);
    parser->param.has_child = true;
}

/* The name under which the element just opened is a parameter; empty: it is none. */
static prov_str param_name(prov_profile_parser *parser, const struct tag *tag, bool *is_alias)
{
    prov_str name = {(const char *)tag->name, tag->name_len};
    *is_alias = false;
    if (parser->aliases.n_entries) {
        prov_str alias = provi_alias_map_find(&parser->aliases, parser->open, parser->depth);
        *is_alias = alias.len > 0;
        if (*is_alias)
            return intern(parser, alias);
    }
    if (parser->param.depth || !is_in_profile(parser, tag))
        return (prov_str){0};
    if (!tag->has_prefix)
        return name;
    provi_profile_warn(parser, PROV_WARN_UNKNOWN_NAME, name, tag->place.line);
    return (prov_str){0}; /* no parameter has a prefix */
}

static void open_element(prov_profile_parser *parser, const struct tag *tag)
{
    parser->open[parser->depth++] = tag->name;
    parser->has_root = true;
    if (parser->param.depth) {
        note_child(parser);
        if (is_known(&parser->param))
            return;
    }
    bool is_alias;
    prov_str name = param_name(parser, tag, &is_alias);
    if (name.len)
        begin_param(parser, tag, name, is_alias);
}

/* Neither this nor the next is called any more once the parser has failed. */
void provi_profile_on_start(void *ctx, const xmlChar *name, const xmlChar *prefix,
                            const xmlChar *uri, int n_namespaces, const xmlChar **namespaces,
                            int n_attributes, int n_defaulted, const xmlChar **attributes)
{
    (void)uri;
    (void)n_namespaces;
    (void)namespaces;
    (void)n_defaulted;
    prov_profile_parser *parser = ctx;
    struct tag tag = {
        .name = full_name(parser, name, prefix),
        .ua = find_ua(parser, n_attributes, attributes),
        .n_attributes = n_attributes,
        .has_prefix = prefix != NULL,
    };
    if (!tag.name)
        return;
    measure_tag(parser, &tag);
    if (accept_tag(parser, &tag))
        open_element(parser, &tag);
}

void provi_profile_on_end(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
    (void)name;
    (void)prefix;
    (void)uri;
    prov_profile_parser *parser = ctx;
    if (parser->param.depth == parser->depth) {
        end_param(parser);
        parser->param.depth = 0;
    }
    parser->depth--;
}

static bool make_room(prov_profile_parser *parser, size_t len)
{
    prov_status status = provi_buffer_reserve(&parser->value, &parser->alloc, len);
    if (status == PROV_E_LIMIT)
        fail_here(parser, PROV_E_LIMIT, "a value that is too long");
    else if (status != PROV_OK)
        provi_profile_xml_error(parser, XML_ERR_NO_MEMORY);
    return status == PROV_OK;
}

/* There is room for it. */
static inline void append(struct provi_buffer *value, const xmlChar *text, size_t len)
{
    char *end = value->data + value->len;
    value->len += len;
    memcpy(end, text, len);
}

static void append_growing(prov_profile_parser *parser, const xmlChar *text, size_t len)
{
    if (make_room(parser, len))
        append(&parser->value, text, len);
}

static inline void gather(prov_profile_parser *parser, const xmlChar *text, size_t len)
{
    if (len < parser->value.cap - parser->value.len)
        append(&parser->value, text, len);
    else
        append_growing(parser, text, len);
}

/* Also after a failure libxml2 may hand on what it has in hand. */
static bool is_wanted(const prov_profile_parser *parser)
{
    return parser->param.depth == parser->depth && parser->failed == PROV_OK;
}

/* libxml2 2.9 lets forms of UTF-8 that are too long pass in CDATA. */
void provi_profile_on_cdata(void *ctx, const xmlChar *text, int len)
{
    prov_profile_parser *parser = ctx;
    if (parser->failed != PROV_OK)
        return;
    if (!provi_xml_is_text((prov_str){(const char *)text, (size_t)len}))
        provi_profile_xml_error(parser, XML_ERR_INVALID_CHAR);
    else if (is_wanted(parser))
        gather(parser, text, (size_t)len);
}

void provi_profile_on_text(void *ctx, const xmlChar *text, int len)
{
    prov_profile_parser *parser = ctx;
    if (is_wanted(parser))
        gather(parser, text, (size_t)len);
}
