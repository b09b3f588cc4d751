/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "macro/vars.h"

#include <stdio.h>
#include <string.h>

#include "base/abi.h"
#include "base/alloc.h"
#include "base/array.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/str.h"

/* Every variable that is not read from a parameter, in the order of `names`. */
enum variable {
    AUTHSTATUS,
    CCERT,
    EMS,
    ERR,
    EXTIP,
    HWVER,
    IP,
    ISCUST,
    MA,
    MAU,
    MAC,
    METH,
    MPWD,
    MUID,
    ORIGTYPE,
    PN,
    PSN,
    PRVST,
    PRVTMR,
    PORT,
    PATH,
    PDOM,
    REGTMR1,
    REGTMR2,
    SN,
    SWVER,
    SERV,
    SERVIP,
    SCHEME,
    UPGST,
    UPGTMR,
    UPGERR,
    UPGCOND,
    VERSION,
    N_VARIABLES
};

/* Sorted by first letter; with equal first letters, frequent names come first. */
static const struct {
    uint8_t len;
    char text[11];
} names[N_VARIABLES] = {
    [AUTHSTATUS] = {10, "AUTHSTATUS"},
    [CCERT] = {5, "CCERT"},
    [EMS] = {3, "EMS"},
    [ERR] = {3, "ERR"},
    [EXTIP] = {5, "EXTIP"},
    [HWVER] = {5, "HWVER"},
    [IP] = {2, "IP"},
    [ISCUST] = {6, "ISCUST"},
    [MA] = {2, "MA"},
    [MAU] = {3, "MAU"},
    [MAC] = {3, "MAC"},
    [METH] = {4, "METH"},
    [MPWD] = {4, "MPWD"},
    [MUID] = {4, "MUID"},
    [ORIGTYPE] = {8, "ORIGTYPE"},
    [PN] = {2, "PN"},
    [PSN] = {3, "PSN"},
    [PRVST] = {5, "PRVST"},
    [PRVTMR] = {6, "PRVTMR"},
    [PORT] = {4, "PORT"},
    [PATH] = {4, "PATH"},
    [PDOM] = {4, "PDOM"},
    [REGTMR1] = {7, "REGTMR1"},
    [REGTMR2] = {7, "REGTMR2"},
    [SN] = {2, "SN"},
    [SWVER] = {5, "SWVER"},
    [SERV] = {4, "SERV"},
    [SERVIP] = {6, "SERVIP"},
    [SCHEME] = {6, "SCHEME"},
    [UPGST] = {5, "UPGST"},
    [UPGTMR] = {6, "UPGTMR"},
    [UPGERR] = {6, "UPGERR"},
    [UPGCOND] = {7, "UPGCOND"},
    [VERSION] = {7, "VERSION"},
};

enum {
    N_LETTERS = 26,
    SCRATCH_BYTES = 256,         /* at least; most GPP values are shorter */
    MAX_VALUE_BYTES = 64 * 1024, /* prov_limits.max_value_bytes by default */
    MAX_LINE_DIGITS = 4,         /* of `$UIDn` */
};

struct prov_macro_vars {
    struct prov_alloc alloc;
    struct prov_param_source params;
    struct prov_vars host;
    prov_str values[N_VARIABLES];

    char *texts; /* the device's texts, concatenated */
    size_t texts_len;
    struct provi_buffer scratch; /* value of the parameter last read; without memory at rest */

    uint8_t first[N_LETTERS + 1]; /* the variables with letter i are first[i]..first[i + 1] */
    char ma[12], mau[12], mac[17];
    char server[64], server_ip[64]; /* only if they need brackets */
    char port[PROVI_NUMBER_CAP], prvst[PROVI_NUMBER_CAP], upgst[PROVI_NUMBER_CAP];
    char prvtmr[PROVI_NUMBER_CAP], upgtmr[PROVI_NUMBER_CAP], regtmr[2][PROVI_NUMBER_CAP];
};

void provi_macro_vars_rest(prov_macro_vars *macro_vars)
{
    provi_buffer_free(&macro_vars->scratch, &macro_vars->alloc);
}

static prov_status read_param(struct prov_macro_vars *macro_vars, prov_str name, prov_str *value)
{
    const struct prov_param_source *params = &macro_vars->params;
    struct provi_buffer *scratch = &macro_vars->scratch;
    *value = (prov_str){NULL, 0};
    if (!params->get)
        return PROV_OK;
    provi_wipe(scratch->data, scratch->len);
    scratch->len = 0;
    size_t len = 0;
    prov_status status = PROV_E_LIMIT;
    for (int i = 0; i < 2 && status == PROV_E_LIMIT; i++) {
        status = provi_buffer_reserve(scratch, &macro_vars->alloc,
                                      len < SCRATCH_BYTES ? SCRATCH_BYTES - 1 : len);
        if (status == PROV_OK)
            status = params->get(params->ctx, name, scratch->data, scratch->cap, &len);
    }
    if (status == PROV_E_NOT_FOUND)
        return PROV_OK;
    if (status == PROV_OK && len > scratch->cap)
        status = PROV_E_HOST;
    if (status != PROV_OK)
        return status;
    scratch->len = len;
    *value = provi_buffer_str(scratch);
    return PROV_OK;
}

/* `A` to `P` and `SA` to `SD`, also with `GPP_` in front. */
static prov_status find_gpp(struct prov_macro_vars *macro_vars, prov_str name, uint32_t flags,
                            prov_str *value)
{
    if (provi_str_starts(name, PROVI_LIT("GPP_")))
        name = provi_str_from_offset(name, 4);
    bool is_open = name.len == 1 && name.data[0] >= 'A' && name.data[0] <= 'P';
    bool is_secret =
        name.len == 2 && name.data[0] == 'S' && name.data[1] >= 'A' && name.data[1] <= 'D';
    if (!is_open && !(is_secret && flags & PROV_MACRO_SECRET_OK))
        return PROV_E_NOT_FOUND;
    char param[] = "GPP_??";
    memcpy(param + 4, name.data, name.len);
    return read_param(macro_vars, (prov_str){param, 4 + name.len}, value);
}

/* `$UIDn` is User_ID_n_. */
static prov_status find_user_id(struct prov_macro_vars *macro_vars, prov_str digits,
                                prov_str *value)
{
    uint64_t line;
    if (digits.len > MAX_LINE_DIGITS || !provi_str_to_u64(digits, UINT16_MAX, &line))
        return PROV_E_NOT_FOUND;
    char param[32];
    snprintf(param, sizeof param, "User_ID_%u_", (unsigned)line);
    return read_param(macro_vars, prov_str_from(param), value);
}

static prov_status find_fact(void *ctx, prov_str name, uint32_t flags, prov_str *value)
{
    struct prov_macro_vars *macro_vars = ctx;
    if (macro_vars->host.find) {
        prov_status status = macro_vars->host.find(macro_vars->host.ctx, name, flags, value);
        if (status != PROV_E_NOT_FOUND)
            return status;
    }
    const unsigned letter = name.len ? (unsigned char)name.data[0] - 'A' : N_LETTERS;
    if (letter >= N_LETTERS)
        return PROV_E_NOT_FOUND;
    for (unsigned i = macro_vars->first[letter]; i < macro_vars->first[letter + 1]; i++) {
        if (provi_str_eq(name, (prov_str){names[i].text, names[i].len})) {
            *value = macro_vars->values[i];
            return PROV_OK;
        }
    }
    if (provi_str_starts(name, PROVI_LIT("UID")))
        return find_user_id(macro_vars, provi_str_from_offset(name, 3), value);
    return find_gpp(macro_vars, name, flags, value);
}

static void index_names(struct prov_macro_vars *macro_vars)
{
    unsigned i = 0;
    for (unsigned letter = 0; letter <= N_LETTERS; letter++) {
        while (i < N_VARIABLES && names[i].text[0] < (char)('A' + letter))
            i++;
        macro_vars->first[letter] = (uint8_t)i;
    }
}

static void write_mac(struct prov_macro_vars *macro_vars, const uint8_t mac[6])
{
    static const uint8_t unknown[6] = {0};
    if (memcmp(mac, unknown, sizeof unknown) == 0)
        return;
    provi_hex_write(mac, sizeof unknown, macro_vars->ma);
    for (unsigned i = 0; i < 12; i++) {
        char digit = macro_vars->ma[i];
        macro_vars->mau[i] = (char)(digit >= 'a' ? digit - 'a' + 'A' : digit);
        macro_vars->mac[i + i / 2] = digit;
        if (i % 2 && i < 11)
            macro_vars->mac[i + i / 2 + 1] = ':';
    }
    macro_vars->values[MA] = (prov_str){macro_vars->ma, sizeof macro_vars->ma};
    macro_vars->values[MAU] = (prov_str){macro_vars->mau, sizeof macro_vars->mau};
    macro_vars->values[MAC] = (prov_str){macro_vars->mac, sizeof macro_vars->mac};
}

/* The texts of a device, and the variables that they are values of. */
struct device_text {
    enum variable variable;
    prov_str text;
};

/* Copy the texts into one block. */
static prov_status copy_texts(struct prov_macro_vars *macro_vars, const struct device_text *texts,
                              size_t n)
{
    size_t len = 0;
    for (size_t i = 0; i < n; i++)
        len += texts[i].text.len;
    macro_vars->texts = provi_alloc(&macro_vars->alloc, len);
    if (!macro_vars->texts)
        return PROV_E_NOMEM;
    macro_vars->texts_len = len;
    char *to = macro_vars->texts;
    for (size_t i = 0; i < n; i++) {
        prov_str *value = &macro_vars->values[texts[i].variable];
        if (value->len == 0)
            value->data = to;
        value->len += texts[i].text.len;
        if (texts[i].text.len)
            memcpy(to, texts[i].text.data, texts[i].text.len);
        to += texts[i].text.len;
    }
    return PROV_OK;
}

static prov_str text_or(prov_str text, prov_str other)
{
    return text.len ? text : other;
}

static bool is_device(const struct prov_device *device)
{
    const prov_str texts[] = {
        device->product, device->series,      device->serial,    device->sw_version,
        device->version, device->hw_version,  device->ip,        device->external_ip,
        device->ems,     device->auth_status, device->orig_type,
    };
    bool is_sound = true;
    for (size_t i = 0; i < PROVI_LEN(texts); i++)
        is_sound = is_sound && provi_str_is_sound(texts[i]);
    return is_sound;
}

static prov_status copy_device(struct prov_macro_vars *macro_vars, const struct prov_device *device)
{
    bool makes_version = device->version.len == 0 && device->product.len && device->sw_version.len;
    const prov_str none = {NULL, 0};
    const struct device_text texts[] = {
        {PN, device->product},
        {PSN, device->series},
        {SN, device->serial},
        {SWVER, device->sw_version},
        {HWVER, device->hw_version},
        {IP, device->ip},
        {EXTIP, device->external_ip},
        {EMS, device->ems},
        {ORIGTYPE, text_or(device->orig_type, PROVI_LIT("none"))},
        {AUTHSTATUS, text_or(device->auth_status, PROVI_LIT("none"))},
        {VERSION, text_or(device->version, device->product)},
        {VERSION, makes_version ? PROVI_LIT("/") : none},
        {VERSION, makes_version ? device->sw_version : none},
    };
    write_mac(macro_vars, device->mac);
    macro_vars->values[CCERT] =
        device->has_ccert ? PROVI_LIT("Installed") : PROVI_LIT("Not Installed");
    provi_macro_vars_set_custom(macro_vars, device->is_custom);
    macro_vars->values[UPGCOND] = PROVI_LIT("true");
    return copy_texts(macro_vars, texts, PROVI_LEN(texts));
}

prov_status prov_macro_vars_new(prov_macro_vars **out, const struct prov_device *device,
                                const struct prov_param_source *params,
                                const struct prov_vars *host, const struct prov_alloc *alloc,
                                struct prov_error *err)
{
    if (!out)
        return provi_fail_invalid(err, "out");
    *out = NULL;
    if (!device)
        return provi_fail_invalid(err, "device");
    struct prov_device known;
    prov_status status = provi_abi_in(&known, sizeof known, device, err);
    if (status != PROV_OK)
        return status;
    if (!is_device(&known))
        return provi_fail_invalid(err, "device: text without data");

    struct prov_alloc memory = provi_alloc_or_default(alloc);
    struct prov_macro_vars *macro_vars = provi_alloc_zero(&memory, sizeof *macro_vars);
    if (!macro_vars)
        return provi_fail_nomem(err);
    macro_vars->alloc = memory;
    if (params)
        macro_vars->params = *params;
    if (host)
        macro_vars->host = *host;
    provi_buffer_init(&macro_vars->scratch, MAX_VALUE_BYTES - 1, true);
    index_names(macro_vars);
    status = copy_device(macro_vars, &known);
    if (status == PROV_OK)
        status = provi_buffer_reserve(&macro_vars->scratch, &memory, SCRATCH_BYTES - 1);
    if (status != PROV_OK) {
        prov_macro_vars_free(macro_vars);
        return provi_fail_nomem(err);
    }
    *out = macro_vars;
    return PROV_OK;
}

/* As in a URL, so that `$SERVIP:$PORT` can be read: an IPv6 address in brackets (RFC 3986). */
static prov_str write_host(char *buf, size_t cap, prov_str host)
{
    bool is_bare = provi_str_find(host, ':') < host.len && host.data[0] != '[';
    if (!is_bare || host.len > cap - sizeof "[]")
        return host;
    snprintf(buf, cap, "[%.*s]", (int)host.len, host.data);
    return prov_str_from(buf);
}

static void write_numbers(struct prov_macro_vars *macro_vars, const struct prov_operation *op)
{
    prov_str *values = macro_vars->values;
    values[PRVST] = provi_str_from_number(macro_vars->prvst, op->prvst);
    values[PRVTMR] = provi_str_from_number(macro_vars->prvtmr, op->prvtmr_s);
    values[UPGTMR] = provi_str_from_number(macro_vars->upgtmr, op->upgtmr_s);
    for (unsigned i = 0; i < 2; i++)
        values[REGTMR1 + i] = provi_str_from_number(macro_vars->regtmr[i], op->regtmr_s[i]);
    if (op->upgst)
        values[UPGST] = provi_str_from_number(macro_vars->upgst, op->upgst);
}

void provi_macro_vars_set_server_ip(prov_macro_vars *macro_vars, prov_str server_ip)
{
    macro_vars->values[SERVIP] =
        write_host(macro_vars->server_ip, sizeof macro_vars->server_ip, server_ip);
}

void provi_macro_vars_set_url(prov_macro_vars *macro_vars, prov_str scheme, prov_str server,
                              uint16_t port, prov_str path)
{
    prov_str *values = macro_vars->values;
    values[SCHEME] = scheme;
    values[METH] = scheme;
    values[SERV] = write_host(macro_vars->server, sizeof macro_vars->server, server);
    values[PORT] = port ? provi_str_from_number(macro_vars->port, port) : (prov_str){NULL, 0};
    values[PATH] = path;
    values[SERVIP] = values[SERV];
}

void provi_macro_vars_forget_host(prov_macro_vars *macro_vars)
{
    macro_vars->host = (struct prov_vars){0};
}

void provi_macro_vars_set_err(prov_macro_vars *macro_vars, prov_str text)
{
    macro_vars->values[ERR] = text;
}

void provi_macro_vars_set_custom(prov_macro_vars *macro_vars, bool is_custom)
{
    macro_vars->values[ISCUST] = is_custom ? PROVI_LIT("1") : PROVI_LIT("0");
}

void provi_macro_vars_set_auth_status(prov_macro_vars *macro_vars, prov_str text)
{
    macro_vars->values[AUTHSTATUS] = text;
}

prov_status prov_macro_vars_set_operation(prov_macro_vars *macro_vars,
                                          const struct prov_operation *op)
{
    static const enum variable known_late[] = {ERR,    METH,    PATH,    PORT,   PRVST,
                                               PRVTMR, REGTMR1, REGTMR2, SCHEME, SERV,
                                               SERVIP, UPGERR,  UPGST,   UPGTMR};
    if (!macro_vars)
        return PROV_E_INVALID;
    struct prov_operation known;
    prov_status status = provi_abi_in(&known, sizeof known, op, NULL);
    if (status != PROV_OK)
        return status;
    if (!provi_str_is_sound(known.scheme) || !provi_str_is_sound(known.server) ||
        !provi_str_is_sound(known.server_ip) || !provi_str_is_sound(known.path) ||
        !provi_str_is_sound(known.err) || !provi_str_is_sound(known.upgerr))
        return PROV_E_INVALID;
    for (size_t i = 0; i < PROVI_LEN(known_late); i++)
        macro_vars->values[known_late[i]] = (prov_str){NULL, 0};
    if (!op)
        return PROV_OK;
    write_numbers(macro_vars, &known);
    provi_macro_vars_set_url(macro_vars, known.scheme, known.server, known.port, known.path);
    provi_macro_vars_set_server_ip(macro_vars, known.server_ip);
    provi_macro_vars_set_err(macro_vars, known.err);
    macro_vars->values[UPGERR] = known.upgerr;
    return PROV_OK;
}

struct prov_vars prov_macro_vars_view(prov_macro_vars *macro_vars)
{
    return (struct prov_vars){.find = macro_vars ? find_fact : NULL, .ctx = macro_vars};
}

void prov_macro_vars_free(prov_macro_vars *macro_vars)
{
    if (!macro_vars)
        return;
    struct prov_alloc alloc = macro_vars->alloc;
    provi_macro_vars_rest(macro_vars);
    provi_free(&alloc, macro_vars->texts, macro_vars->texts_len);
    provi_free(&alloc, macro_vars, sizeof *macro_vars);
}
