/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include <provision/profile.h>

#include <string.h>

#include <provision/catalogue.h>

#include "base/abi.h"
#include "base/alloc.h"
#include "base/array.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/str.h"
#include "profile/xml_text.h"

enum { CHUNK = 1024 };

struct prov_profile_writer {
    struct prov_alloc alloc;
    struct prov_sink next;
    const struct prov_catalogue *catalogue;
    bool omit_secrets;
    struct provi_buffer root;
    bool has_begun;
    bool is_finished;
    prov_status failed;      /* not PROV_OK: every call repeats it */
    struct prov_error error; /* detail of that failure */
    size_t len;              /* bytes in `chunk` */
    char chunk[CHUNK];
};

static prov_status flush(prov_profile_writer *writer)
{
    size_t len = writer->len;
    writer->len = 0;
    if (len == 0)
        return PROV_OK;
    return writer->failed =
               writer->next.write(writer->next.ctx, writer->chunk, len, &writer->error);
}

PROVI_COLD static void put_long(prov_profile_writer *writer, prov_str text)
{
    while (text.len && writer->failed == PROV_OK) {
        size_t room = sizeof writer->chunk - writer->len;
        size_t n = text.len < room ? text.len : room;
        memcpy(writer->chunk + writer->len, text.data, n);
        writer->len += n;
        text = provi_str_from_offset(text, n);
        if (writer->len == sizeof writer->chunk)
            flush(writer);
    }
}

/* Most texts fit into the chunk. */
static inline void put(prov_profile_writer *writer, prov_str text)
{
    if (text.len == 0)
        return;
    if (text.len >= sizeof writer->chunk - writer->len) {
        put_long(writer, text);
        return;
    }
    memcpy(writer->chunk + writer->len, text.data, text.len);
    writer->len += text.len;
}

static void put_escaped(prov_profile_writer *writer, prov_str text)
{
    static const bool is_markup[256] = {
        ['&'] = true, ['<'] = true, ['>'] = true, ['"'] = true, ['\''] = true,
    };
    size_t plain = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (!is_markup[(unsigned char)text.data[i]])
            continue;
        const char *escape = provi_xml_escape(text.data[i]);
        put(writer, (prov_str){text.data + plain, i - plain});
        put(writer, prov_str_from(escape));
        plain = i + 1;
    }
    put(writer, provi_str_from_offset(text, plain));
}

static void put_root(prov_profile_writer *writer, const char *before)
{
    put(writer, prov_str_from(before));
    put(writer, provi_buffer_str(&writer->root));
    put(writer, PROVI_LIT(">\n"));
}

static void begin(prov_profile_writer *writer)
{
    if (!writer->has_begun)
        put_root(writer, "<");
    writer->has_begun = true;
}

static void put_element(prov_profile_writer *writer, const struct prov_param *param, prov_str value)
{
    static const char access[][9] = {
        [PROV_ACCESS_NONE] = " ua=\"na\"",
        [PROV_ACCESS_READ] = " ua=\"ro\"",
        [PROV_ACCESS_WRITE] = " ua=\"rw\"",
    };
    begin(writer);
    put(writer, PROVI_LIT("<"));
    put(writer, param->name);
    if (param->access != PROV_ACCESS_KEEP)
        put(writer, prov_str_from(access[param->access]));
    if (!param->has_value) {
        put(writer, PROVI_LIT("/>\n"));
        return;
    }
    put(writer, PROVI_LIT(">"));
    put_escaped(writer, value);
    put(writer, PROVI_LIT("</"));
    put(writer, param->name);
    put(writer, PROVI_LIT(">\n"));
}

/* Whether a parameter is secret. Source: SPA and MPP administration guides, "Report Rule". */

static bool is_left_out(prov_str name)
{
    static const char *const names[] = {
        "GPP_SA", "GPP_SB", "GPP_SC", "GPP_SD", "IKM_HTTP_Encrypt_Content",
    };
    for (size_t i = 0; i < PROVI_LEN(names); i++)
        if (provi_str_eq_nocase(name, prov_str_from(names[i])))
            return true;
    return false;
}

static prov_status check(const struct prov_param *param, struct prov_error *err)
{
    if (!provi_str_is_sound(param->name))
        return provi_fail_invalid(err, "param: name without data");
    const char *fault = NULL;
    if (param->name.len > PROVI_XML_MAX_NAME)
        fault = "param: the name is too long";
    else if (!provi_xml_is_param_name(param->name))
        fault = "param: the name is no XML name, or flat-profile";
    else if (param->value.len && !param->value.data)
        fault = "param: value without data";
    else if (param->access > PROV_ACCESS_WRITE)
        fault = "param: access has no ua attribute";
    else if (!param->has_value && param->access == PROV_ACCESS_KEEP)
        fault = "param: neither value nor access";
    prov_status status = fault ? provi_fail_invalid(err, fault) : PROV_OK;
    if (!fault && param->has_value)
        status = provi_xml_check_value(param->value, err);
    if (status != PROV_OK)
        provi_error_subject(err, param->name);
    return status;
}

/* PROV_OK if a call is allowed now. */
static prov_status enter(const prov_profile_writer *writer, struct prov_error *err)
{
    if (!writer)
        return provi_fail_invalid(err, "writer");
    if (writer->failed != PROV_OK) {
        provi_error_copy(err, &writer->error);
        return writer->failed;
    }
    return writer->is_finished ? provi_fail(err, PROV_E_STATE, "the profile has been finished")
                               : PROV_OK;
}

static prov_status leave(prov_profile_writer *writer, struct prov_error *err)
{
    if (writer->failed == PROV_OK)
        return PROV_OK;
    if (writer->error.status == PROV_OK)
        provi_fail(&writer->error, writer->failed, "the receiver refused the profile");
    writer->error.status = writer->failed;
    provi_error_copy(err, &writer->error);
    return writer->failed;
}

prov_status prov_profile_writer_new(prov_profile_writer **out,
                                    const struct prov_profile_writer_options *opt,
                                    struct prov_sink next, struct prov_error *err)
{
    if (!out)
        return provi_fail_invalid(err, "out");
    *out = NULL;
    struct prov_profile_writer_options own;
    prov_status status = provi_abi_in(&own, sizeof own, opt, err);
    if (status != PROV_OK)
        return status;
    prov_str root = own.root.len ? own.root : PROVI_LIT("flat-profile");
    if (!next.write || !next.finish || !provi_str_is_sound(root) || !provi_xml_is_name(root))
        return provi_fail_invalid(err, next.write && next.finish ? "root" : "next");

    struct prov_alloc alloc = provi_alloc_or_default(own.alloc);
    prov_profile_writer *writer = provi_alloc_zero(&alloc, sizeof *writer);
    if (!writer)
        return provi_fail_nomem(err);
    writer->alloc = alloc;
    writer->next = next;
    writer->catalogue = own.catalogue;
    writer->omit_secrets = own.omit_secrets != 0;
    writer->error.size = sizeof writer->error;
    provi_buffer_init(&writer->root, root.len, false);
    if (provi_buffer_add(&writer->root, &alloc, root.data, root.len) != PROV_OK) {
        prov_profile_writer_free(writer);
        return provi_fail_nomem(err);
    }
    *out = writer;
    return PROV_OK;
}

prov_status prov_profile_writer_param(prov_profile_writer *writer, const struct prov_param *param,
                                      struct prov_error *err)
{
    prov_status status = enter(writer, err);
    if (status != PROV_OK)
        return status;
    struct prov_param own;
    if (!param)
        return provi_fail_invalid(err, "param");
    if ((status = provi_abi_in(&own, sizeof own, param, err)) != PROV_OK)
        return status;
    if ((status = check(&own, err)) != PROV_OK)
        return status;
    if (!writer->omit_secrets || !prov_catalogue_is_secret(writer->catalogue, own.name))
        put_element(writer, &own, own.value);
    else if (!is_left_out(own.name))
        put_element(writer, &own, PROVI_LIT(""));
    return leave(writer, err);
}

prov_status prov_profile_writer_finish(prov_profile_writer *writer, struct prov_error *err)
{
    prov_status status = enter(writer, err);
    if (status != PROV_OK)
        return status;
    begin(writer);
    put_root(writer, "</");
    if (writer->failed == PROV_OK && flush(writer) == PROV_OK)
        writer->failed = writer->next.finish(writer->next.ctx, &writer->error);
    writer->is_finished = true;
    return leave(writer, err);
}

void prov_profile_writer_free(prov_profile_writer *writer)
{
    if (!writer)
        return;
    struct prov_alloc alloc = writer->alloc;
    provi_buffer_free(&writer->root, &alloc);
    provi_free_secret(&alloc, writer, sizeof *writer);
}
