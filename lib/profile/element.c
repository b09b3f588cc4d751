/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "profile/profile_priv.h"

#include <string.h>

#include <provision/catalogue.h>

#include "base/error.h"
#include "base/str.h"
#include "profile/xml_text.h"

/* The pointers that startElementNs passes for each attribute. */
enum { ATTR_NAME, ATTR_PREFIX, ATTR_URI, ATTR_VALUE, ATTR_END, ATTR_SLOTS };

/* More than the longest name in the catalogue with a line number. */
enum { MAX_PROPER_NAME = 128 };

/* Most uses of undeclared prefixes and the like, each of which costs as much as a hundred bytes of
 * profile. */
enum { MAX_DOUBTFUL = 16384 };

/* Namespaces of a tag, as reported by libxml2. */
struct declarations {
    const xmlChar *uri; /* namespace of the element; NULL: none */
    int n_namespaces;
    const xmlChar **namespaces; /* prefix and URI of each */
    int n_attributes;
    const xmlChar **attributes;
};

/* A start tag, as read by libxml2. */
struct tag {
    const xmlChar *name; /* with its prefix; the same pointer for equal names of a document */
    size_t name_len;
    const char *start; /* at its '<' */
    const char *end;   /* after its '>' */
    prov_str ua;       /* value of the attribute `ua`; NULL data: there is none */
    uint8_t access;    /* access of that value */
    bool has_odd_ua;   /* another attribute has a value that would be valid for `ua` */
    bool has_prefix;
    bool is_self_closing;
};

void provi_profile_warn(prov_profile_parser *parser, enum prov_profile_warning kind, prov_str name,
                        uint32_t line)
{
    parser->result.n_warnings++;
    if (parser->handler.warning)
        parser->handler.warning(parser->handler.ctx, kind, name, line);
}

/* Stop at the start tag of the open parameter, with the error in `parser->error`. */
static void stop_at_param(prov_profile_parser *parser)
{
    const struct prov_param *param = &parser->param.out;
    provi_profile_stop(parser,
                       (struct provi_profile_place){
                           .offset = param->offset,
                           .line = param->line,
                           .column = (uint32_t)(param->offset - parser->param.line_start) + 1,
                       });
}

/* Find the attribute `ua`, and one that is probably a misspelt `ua`. */
static void read_attributes(const prov_profile_parser *parser, int n_attributes,
                            const xmlChar **attributes, struct tag *tag)
{
    for (const xmlChar **at = attributes; n_attributes > 0; n_attributes--, at += ATTR_SLOTS) {
        prov_str value = {(const char *)at[ATTR_VALUE], (size_t)(at[ATTR_END] - at[ATTR_VALUE])};
        if (at[ATTR_PREFIX])
            continue;
        if (at[ATTR_NAME] != parser->ua)
            tag->has_odd_ua |= provi_profile_access(value) != PROV_ACCESS_KEEP;
        else if (!tag->ua.data)
            tag->ua = value;
    }
    tag->access = provi_profile_access(tag->ua);
}

/* Find the tag that libxml2 has just read, which is the first unread one. False: there is none. */
static bool find_tag(prov_profile_parser *parser, struct tag *tag)
{
    bool is_broken;
    tag->start = provi_profile_next_tag(parser, parser->fed_end);
    tag->name_len = strlen((const char *)tag->name);
    tag->has_prefix = memchr(tag->name, ':', tag->name_len) != NULL;
    if (!tag->start || parser->fed_end - tag->start <= (ptrdiff_t)tag->name_len)
        return false;
    tag->end = provi_profile_tag_end(tag->start + 1 + tag->name_len, parser->fed_end, &is_broken);
    tag->is_self_closing = tag->end && tag->end[-2] == '/';
    return tag->end != NULL;
}

/* Intern a name. No data: no memory, and the parser has failed. */
static prov_str intern(prov_profile_parser *parser, prov_str name)
{
    const xmlChar *kept = provi_profile_intern(parser, name);
    return (prov_str){(const char *)kept, kept ? name.len : 0};
}

/* The name for the handler, in the catalogue's spelling if it is there. No data: as intern(). */
static prov_str proper_name(prov_profile_parser *parser, prov_str written, uint32_t line,
                            const struct prov_param_info **info)
{
    bool is_exact;
    *info = prov_catalogue_find_in(parser->catalogue, written, &is_exact);
    if (*info && !is_exact && parser->strict_names)
        *info = NULL;
    if (!*info)
        return written;
    bool is_per_line = (*info)->flags & PROV_PARAM_FLAG_PER_LINE; /* the name ends in `n_` */
    prov_str entry = prov_str_from((*info)->name);
    entry.len -= is_per_line ? strlen("n_") : 0;
    if (is_exact && (is_per_line ? provi_str_starts(written, entry) : provi_str_eq(written, entry)))
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
    param->is_spoilt = false;
    param->out.line = parser->line;
    param->out.offset = provi_profile_offset_of(parser, tag->start);
    param->line_start = parser->line_start;
    param->out.access = tag->access;
    param->out.name = proper_name(parser, written, param->out.line, &param->out.info);
    if (!param->out.name.data)
        return;
    param->depth = parser->depth;
    parser->value.len = 0;
    if (tag->ua.data && param->out.access == PROV_ACCESS_KEEP)
        provi_profile_warn(parser, PROV_WARN_BAD_ACCESS, param->out.name, param->out.line);
    if (tag->has_odd_ua)
        provi_profile_warn(parser, PROV_WARN_ATTRIBUTE, param->out.name, param->out.line);
}

/* Whether an element is a parameter even if it has a child element. */
static inline bool is_known(const struct provi_profile_open_param *param)
{
    return param->out.info || param->is_alias;
}

/* A profile for another device must not be applied: check the identity. */
static bool is_for_this_device(prov_profile_parser *parser, const struct prov_param *param)
{
    if (!param->has_value || !provi_str_eq(param->name, provi_buffer_str(&parser->bind_name)))
        return true;
    if (provi_profile_same_identity(param->value, provi_buffer_str(&parser->bind_value)))
        return true;
    provi_fail(&parser->error, PROV_E_POLICY, "the profile is for another device");
    stop_at_param(parser);
    return false;
}

static void pass_to_handler(prov_profile_parser *parser, const struct prov_param *param)
{
    parser->result.n_params++;
    prov_status status = parser->handler.param(parser->handler.ctx, param, &parser->error);
    if (status == PROV_OK)
        return;
    if (parser->error.status == PROV_OK)
        provi_fail(&parser->error, status, "the receiver refused the parameter");
    parser->error.status = status;
    stop_at_param(parser);
}

static bool make_room(prov_profile_parser *parser, size_t len)
{
    prov_status status = provi_buffer_reserve(&parser->value, &parser->alloc, len);
    if (status == PROV_E_LIMIT)
        provi_fail(&parser->error, PROV_E_LIMIT, "a value that is too long (limit %u)",
                   (unsigned)parser->limits.max_value_bytes);
    else if (status != PROV_OK)
        provi_fail_nomem(&parser->error);
    if (status != PROV_OK)
        stop_at_param(parser);
    return status == PROV_OK;
}

/* Append to a value; the caller has checked the depth. */
static inline void append(struct provi_buffer *value, const xmlChar *text, size_t len)
{
    char *end = value->data + value->len;
    value->len += len;
    memcpy(end, text, len);
}

PROVI_COLD static void append_growing(prov_profile_parser *parser, const xmlChar *text, size_t len)
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

static void end_param(prov_profile_parser *parser)
{
    struct provi_profile_open_param *open = &parser->param;
    struct prov_param *param = &open->out;
    if (open->is_spoilt) { /* keep the old value, or the element is not a parameter */
        parser->has_spoilt |= is_known(open);
        return;
    }
    if (parser->last_tag == open->tag)
        provi_profile_warn(parser, PROV_WARN_DUPLICATE, param->name, param->line);
    parser->last_tag = open->tag;

    /* The three cases: MPP Administration Guide 11.3, "Element Tags, Attributes, ...". */
    param->has_value = true;
    if (open->is_self_closing)
        param->has_value = param->access != PROV_ACCESS_KEEP ? parser->self_closing_ua_clears
                                                             : !parser->dialect.self_closing_keeps;
    param->value = param->has_value && parser->value.len
                       ? provi_profile_tidy(parser->value.data, parser->value.len)
                       : PROVI_LIT("");
    if (param->access == PROV_ACCESS_KEEP && parser->dialect.missing_ua_resets)
        param->access = PROV_ACCESS_DEFAULT;
    if (is_for_this_device(parser, param))
        pass_to_handler(parser, param);
}

static bool refuse(prov_profile_parser *parser, const struct tag *tag, prov_status status,
                   const char *message)
{
    provi_fail(&parser->error, status, "%s", message);
    provi_profile_stop(parser, provi_profile_place_of(parser, tag->start));
    return false;
}

/* Fail with the limit that a tag exceeds. */
PROVI_COLD static bool refuse_tag(prov_profile_parser *parser, const struct tag *tag)
{
    if (parser->depth == parser->limits.max_depth)
        return refuse(parser, tag, PROV_E_LIMIT, "elements are nested too deep");
    if (tag->name_len > parser->limits.max_name_bytes)
        return refuse(parser, tag, PROV_E_LIMIT, "an element name that is too long");
    provi_fail(&parser->error, PROV_E_LIMIT, "a tag that is too long (limit %u)",
               (unsigned)PROVI_PROFILE_MAX_TAG);
    provi_profile_stop(parser, provi_profile_place_of(parser, tag->start));
    return false;
}

/* Markup inside a value is a mistake: the parameter is not passed to the handler. */
static void spoil(prov_profile_parser *parser, enum prov_profile_warning kind, uint32_t line)
{
    if (!parser->param.is_spoilt)
        provi_profile_warn(parser, kind, parser->param.out.name, line);
    parser->param.is_spoilt = true;
}

void provi_profile_on_instruction(prov_profile_parser *parser, uint32_t line, bool is_of_xml)
{
    if (parser->param.depth)
        spoil(parser, PROV_WARN_INSTRUCTION, line);
    else if (!is_of_xml && (parser->depth || !parser->has_root))
        provi_profile_warn(parser, PROV_WARN_STRAY_INSTRUCTION, PROVI_LIT(""), line);
}

/* The parameter's name if the opened element is a parameter; else empty. */
static prov_str param_name(prov_profile_parser *parser, const struct tag *tag, bool *is_alias)
{
    prov_str name = {(const char *)tag->name, tag->name_len};
    *is_alias = false;
    if (parser->aliases) {
        parser->is_leaf = true;
        prov_str alias = provi_alias_map_find(parser->aliases, parser->open, parser->depth);
        *is_alias = alias.len > 0;
        if (*is_alias)
            return intern(parser, alias);
    }
    bool is_in_profile = parser->depth > 1 &&
                         parser->open[parser->depth - 2] == parser->flat_profile &&
                         tag->name != parser->flat_profile;
    if (parser->param.depth || !is_in_profile)
        return (prov_str){0};
    if (!tag->has_prefix)
        return name;
    provi_profile_warn(parser, PROV_WARN_UNKNOWN_NAME, name, parser->line);
    return (prov_str){0}; /* parameters have no prefix */
}

/* Before the flat profile: check whether an element is one, or nearly one. False: the file is not a
 * profile. */
PROVI_COLD static bool check_home(prov_profile_parser *parser, const struct tag *tag)
{
    prov_str name = {(const char *)tag->name, tag->name_len};
    if (parser->depth == 0 && !parser->aliases && provi_str_eq_nocase(name, PROVI_LIT("html")))
        return refuse(parser, tag, PROV_E_CORRUPT, "an HTML page, not a profile");
    if (parser->depth == 0)
        parser->root = provi_profile_place_of(parser, tag->start);
    parser->has_root = true;
    parser->has_profile = tag->name == parser->flat_profile;
    if (!parser->has_profile && !parser->nearly.name &&
        provi_str_eq_nocase(name, PROVI_LIT("flat-profile")))
        parser->nearly = (struct provi_profile_unnamed){tag->name, parser->line};
    return true;
}

/* Count the namespaces in scope: those of the opened element, and of the elements around it. */
PROVI_COLD static void declare(prov_profile_parser *parser, uint32_t n_namespaces)
{
    parser->declared[parser->depth - 1] = n_namespaces;
    parser->n_namespaces += n_namespaces;
}

/* Process a start tag at `tag->start`. */
static void start(prov_profile_parser *parser, const struct tag *tag, int n_namespaces)
{
    provi_profile_count_to(parser, tag->start);
    parser->known = tag->start;
    bool is_good = parser->depth < parser->limits.max_depth &&
                   tag->name_len <= parser->limits.max_name_bytes &&
                   tag->end - tag->start <= PROVI_PROFILE_MAX_TAG;
    if (!(is_good || refuse_tag(parser, tag)) || (!parser->has_profile && !check_home(parser, tag)))
        return;
    parser->lines[parser->depth] = parser->line;
    parser->open[parser->depth++] = tag->name;
    parser->known = tag->end;
    parser->known_depth = parser->depth - tag->is_self_closing;
    if (n_namespaces | (int)parser->n_namespaces)
        declare(parser, (uint32_t)n_namespaces);
    if (parser->param.depth) {
        spoil(parser, PROV_WARN_NESTED, parser->param.out.line);
        if (is_known(&parser->param))
            return;
    }
    bool is_alias;
    prov_str name = param_name(parser, tag, &is_alias);
    if (name.len)
        begin_param(parser, tag, name, is_alias);
}

/* Count undeclared prefixes and namespaces that are not absolute URIs: some releases of libxml2
 * format a warning for each, which is slow. False: there are too many. */
static bool count_doubtful(prov_profile_parser *parser, const struct tag *tag,
                           const struct declarations *declared)
{
    uint32_t n = tag->has_prefix && !declared->uri;
    const xmlChar **at = declared->attributes;
    for (int i = 0; i < declared->n_attributes; i++, at += ATTR_SLOTS)
        n += at[ATTR_PREFIX] && !at[ATTR_URI];
    for (int i = 0; i < declared->n_namespaces; i++) {
        const char *uri = (const char *)declared->namespaces[2 * i + 1];
        n += uri && *uri && !strchr(uri, ':');
    }
    parser->n_doubtful += n;
    if (parser->n_doubtful <= MAX_DOUBTFUL)
        return true;
    provi_fail(&parser->error, PROV_E_LIMIT, "more than %d doubtful uses of namespaces",
               MAX_DOUBTFUL);
    provi_profile_stop(parser, provi_profile_place_of(parser, tag->start));
    return false;
}

/*
 * libxml2 may continue to the end of a piece after the parser has failed, and may report a tag
 * before a fault at its end.
 */
void provi_profile_on_start(void *ctx, const xmlChar *name, const xmlChar *prefix,
                            const xmlChar *uri, int n_namespaces, const xmlChar **namespaces,
                            int n_attributes, int n_defaulted, const xmlChar **attributes)
{
    (void)n_defaulted;
    prov_profile_parser *parser = ctx;
    if (parser->failed != PROV_OK)
        return;
    const struct declarations declared = {uri, n_namespaces, namespaces, n_attributes, attributes};
    const xmlChar *full = prefix ? xmlDictQLookup(parser->dict, prefix, name) : name;
    if (!full) {
        provi_profile_fail_names(parser);
        return;
    }
    struct tag tag = {.name = provi_profile_intern(parser, prov_str_from((const char *)full))};
    if (!tag.name)
        return;
    read_attributes(parser, n_attributes, attributes, &tag);
    if (!find_tag(parser, &tag))
        provi_profile_xml_error(parser, XML_ERR_INTERNAL_ERROR);
    else if (!provi_profile_find_fault(parser, tag.start, parser->fed_end) &&
             count_doubtful(parser, &tag, &declared))
        start(parser, &tag, n_namespaces);
}

/* Whether to process reported text; libxml2 may report some after a failure. */
static bool is_wanted(const prov_profile_parser *parser)
{
    return parser->param.depth == parser->depth && parser->failed == PROV_OK;
}

/* Record an element without children that no alias names, in a file with aliases. */
static void record_unnamed(prov_profile_parser *parser)
{
    bool is_leaf = parser->is_leaf;
    parser->is_leaf = false;
    if (!is_leaf || parser->param.depth || parser->open[parser->depth - 1] == parser->flat_profile)
        return;
    uint64_t n = parser->result.n_unnamed++;
    if (n < PROVI_PROFILE_FEW)
        parser->unnamed[n] = (struct provi_profile_unnamed){parser->open[parser->depth - 1],
                                                            parser->lines[parser->depth - 1]};
}

void provi_profile_on_end(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
    (void)name;
    (void)prefix;
    (void)uri;
    prov_profile_parser *parser = ctx;
    if (parser->failed != PROV_OK)
        return;
    if (parser->param.depth == parser->depth) {
        end_param(parser);
        parser->param.depth = 0;
        parser->is_leaf = false;
    } else if (parser->aliases) {
        record_unnamed(parser);
    }
    parser->depth--;
    if (parser->n_namespaces)
        parser->n_namespaces -= parser->declared[parser->depth];
}

void provi_profile_on_plain(prov_profile_parser *parser, const struct provi_profile_plain *plain)
{
    struct tag tag = {
        .name = provi_profile_intern(parser, plain->name),
        .name_len = plain->name.len,
        .start = plain->name.data - 1,
        .end = plain->end,
        .ua = plain->ua,
        .access = provi_profile_access(plain->ua),
        .has_odd_ua = plain->has_odd_ua,
        .is_self_closing = plain->is_self_closing,
    };
    if (!tag.name)
        return;
    start(parser, &tag, 0);
    if (is_wanted(parser))
        gather(parser, (const xmlChar *)plain->value.data, plain->value.len);
    provi_profile_on_end(parser, NULL, NULL, NULL);
}

bool provi_profile_on_root(prov_profile_parser *parser, prov_str text)
{
    const prov_str tag = provi_str_trim(text);
    const struct tag root = {
        .name = parser->flat_profile,
        .name_len = strlen("flat-profile"),
        .start = tag.data,
        .end = tag.data + tag.len,
    };
    if (parser->is_thorough)
        return false;
    if (!parser->has_root && provi_str_is(tag, "<flat-profile>"))
        start(parser, &root, 0);
    else if (parser->depth == 1 && provi_str_is(tag, "</flat-profile>"))
        provi_profile_on_end(parser, NULL, NULL, NULL);
    else
        return tag.len == 0;
    return true;
}

/* An error page in XML, sent with status 200, must not be accepted as a profile. */
prov_status provi_profile_check_whole(prov_profile_parser *parser)
{
    const char *nearly = (const char *)parser->nearly.name;
    const char *also = parser->aliases ? ", and the alias map matches nothing" : "";
    if (!parser->has_root)
        return provi_profile_fail_rootless(parser);
    if (parser->has_profile || parser->result.n_params > 0 || parser->has_spoilt)
        return PROV_OK;
    if (nearly)
        provi_fail(&parser->error, PROV_E_CORRUPT,
                   "no <flat-profile>%s: <%s> of line %u is another name, case matters", also,
                   nearly, (unsigned)parser->nearly.line);
    else
        provi_fail(&parser->error, PROV_E_CORRUPT,
                   "no <flat-profile>%s: the root element is <%.40s>", also,
                   (const char *)parser->open[0]);
    return provi_profile_stop(parser, parser->root);
}

/* libxml2 2.9 accepts control characters in CDATA. */
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
