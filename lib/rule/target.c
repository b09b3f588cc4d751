/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "rule/parser_priv.h"

#include "base/str.h"
#include "base/url.h"

static bool is_url_char(char c)
{
    return !provi_is_blank(c) && c != '|';
}

/* `[2001:db8::1]/x` begins a URL, any other bracket begins options. */
static bool sees_options(const struct provi_parser *parser)
{
    struct provi_parser ahead = *parser;
    if (!provi_parser_take(&ahead, '['))
        return false;
    prov_str address = provi_parser_take_while(&ahead, provi_is_ipv6_char);
    return address.len == 0 || !provi_parser_sees(&ahead, ']');
}

/* A server that stands alone is asked by TFTP; which protocol DHCP's server speaks is not known. */
static bool is_tftp(const struct provi_url *url)
{
    return provi_str_is(url->scheme, "tftp") || (url->scheme.len == 0 && url->host.len);
}

static prov_status check_url(struct provi_parser *parser, size_t at, const struct provi_url *url,
                             const struct prov_rule_target *target)
{
    bool is_gds = provi_str_is(url->scheme, "gds");
    if (provi_str_is(url->scheme, "syslog") ||
        (is_gds && parser->settings->kind != PROV_RULE_PROFILE))
        return provi_parser_expected(parser, at, "tftp://, http:// or https://");
    if (url->host.len == 0 && parser->settings->needs_server && !is_gds)
        return provi_parser_expected(parser, at, "a server");
    if (target->srv && is_tftp(url))
        return provi_parser_expected(
            parser, at, "http:// or https:// (TFTP Scheme not supported in SRV lookups)");
    if (target->post && is_tftp(url))
        return provi_parser_expected(parser, at, "http:// or https:// after --post");
    return PROV_OK;
}

static prov_status keep_login(struct provi_parser *parser, size_t at, const struct provi_url *url,
                              struct prov_rule_target *target)
{
    static const char expected[] = "no control character in user and password";
    struct provi_parts *parts = parser->parts;
    prov_str user = {NULL, 0}, password = {NULL, 0};
    if (!provi_value_keep(parts, url->user, PROVI_VALUE_PERCENT, &user) ||
        !provi_value_keep(parts, url->password, PROVI_VALUE_PERCENT, &password))
        return provi_parser_expected(parser, at, expected);
    if (url->has_user && !target->has_uid) {
        target->has_uid = 1;
        target->uid = user;
    }
    if (url->has_password && !target->has_pwd) {
        target->has_pwd = 1;
        target->pwd = password;
    }
    return PROV_OK;
}

/* A ';' behind the URL of a report is how samples end it, not a part of it. */
static prov_str take_url(struct provi_parser *parser)
{
    prov_str text = provi_parser_take_while(parser, is_url_char);
    bool ends_so = text.len && text.data[text.len - 1] == ';';
    if (parser->settings->kind == PROV_RULE_REPORT && ends_so)
        text.len--;
    return text;
}

/* With a '@' to come, what stood there may be a password with a blank or a '/' in it. */
static prov_status fail_url(struct provi_parser *parser, size_t start,
                            const struct provi_url_fault *fault)
{
    prov_str rest = provi_str_from_offset(parser->text, start);
    if (provi_str_find(rest, '@') < rest.len)
        parser->has_secrets = true;
    return provi_parser_expected(parser, start + fault->offset, fault->expected);
}

static prov_status parse_url(struct provi_parser *parser, struct prov_rule_target *target)
{
    struct provi_url url;
    struct provi_url_fault fault;
    size_t start = parser->at;
    prov_str text = take_url(parser);
    if (!provi_url_split(text, true, &url, &fault))
        return fail_url(parser, start, &fault);
    if (url.has_user)
        parser->has_secrets = true;
    prov_status status = check_url(parser, start, &url, target);
    if (status != PROV_OK)
        return status;
    target->scheme = url.scheme;
    target->host = url.host;
    target->path = url.path;
    target->port = url.port;
    return keep_login(parser, start, &url, target);
}

prov_status provi_parse_target(struct provi_parser *parser)
{
    struct prov_rule_target target = {.size = sizeof target};
    size_t start = parser->at;
    if (sees_options(parser)) {
        prov_status status = provi_parse_options(parser, &target);
        if (status != PROV_OK)
            return status;
        provi_parser_skip_blanks(parser);
    }
    prov_status status = parse_url(parser, &target);
    if (status != PROV_OK)
        return status;
    target.text = (prov_str){parser->text.data + start, parser->at - start};
    struct provi_parts *parts = parser->parts;
    if (parts->targets)
        parts->targets[parts->n_targets] = target;
    parts->n_targets++;
    return PROV_OK;
}
