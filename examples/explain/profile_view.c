/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "profile_view.h"

#include <stdlib.h>
#include <string.h>

#include "common/names.h"
#include "common/terminal.h"
#include "common/text.h"

bool profile_view_begin(struct profile_view *view, const struct options *options)
{
    *view =
        (struct profile_view){.path = options->profile_path, .is_json = options->answer.is_json};
    view->parameters = open_memstream(&view->parameters_text, &view->parameters_len);
    view->warnings = open_memstream(&view->warnings_text, &view->warnings_len);
    if (!view->parameters || !view->warnings) {
        profile_view_free(view);
        return false;
    }
    view->text.out = view->parameters;
    view->text.has_colour = terminal_has_colour(stdout, options->answer.colour);
    view->parameter_array = (struct json_object){.out = view->parameters, .close = ']'};
    view->warning_array = (struct json_object){.out = view->warnings, .close = ']'};
    return true;
}

/* A value may contain a rule, with keys and passwords. */
static void add_value(struct json_object *object, prov_str value)
{
    char *redacted = text_redact(value);
    json_add_word(object, "value", redacted);
    free(redacted);
}

static void add_param(struct profile_view *view, const struct prov_param *param, bool is_secret,
                      bool is_known)
{
    struct json_object object = json_add_object(&view->parameter_array, NULL);
    json_add_text(&object, "name", param->name);
    if (is_secret)
        json_add_true(&object, "is_secret");
    else if (param->has_value)
        add_value(&object, param->value);
    json_add_word_if_set(&object, "access", param->access, prov_access_name);
    json_add_number(&object, "line", param->line);
    if (!is_known)
        json_add_true(&object, "is_unlisted");
    json_end(&object);
}

static void print_param(struct profile_view *view, const struct prov_param *param, bool is_secret,
                        bool is_known)
{
    char *value = text_redact(param->value);
    const char *quote = is_secret || !param->has_value ? "" : "\"";
    const char *shown = !param->has_value ? "as it was" : is_secret ? "withheld, a secret" : value;
    text_line(&view->text, PLAIN, "line %u: %.*s = %s%s%s%s%s%s%s", (unsigned)param->line,
              (int)param->name.len, param->name.data, quote, shown ? shown : "", quote,
              param->access ? " (" : "", param->access ? prov_access_name(param->access) : "",
              param->access ? ")" : "", is_known ? "" : ", not in the catalogue");
    free(value);
}

void profile_view_param(struct profile_view *view, const struct prov_param *param, bool is_known)
{
    bool is_secret = param->has_value && prov_catalogue_is_secret(NULL, param->name);
    view->n_set++;
    view->n_withheld += is_secret;
    view->n_unlisted += !is_known;
    if (view->is_json)
        add_param(view, param, is_secret, is_known);
    else
        print_param(view, param, is_secret, is_known);
}

static void add_warning(struct profile_view *view, const struct profile_warning *warning)
{
    struct json_object object = json_add_object(&view->warning_array, NULL);
    json_add_word(&object, "warning", warning->id);
    json_add_text_if_set(&object, "name", warning->name);
    json_add_number_if_set(&object, "line", warning->line);
    json_add_number_if_set(&object, "earlier_line", warning->earlier_line);
    json_add_number_if_set(&object, "value_line", warning->value_line);
    json_add_number_if_set(&object, "value_column", warning->value_column);
    json_add_word(&object, "message", warning->words);
    if (warning->reason)
        json_add_text_if_set(&object, "reason", prov_str_from(warning->reason));
    json_end(&object);
}

static void print_warning(struct profile_view *view, const struct profile_warning *warning)
{
    char line[32] = "", place[48] = "", earlier[48] = "";
    const char *reason = warning->reason ? warning->reason : "";
    if (warning->line)
        snprintf(line, sizeof line, "line %u: ", (unsigned)warning->line);
    if (warning->value_line)
        snprintf(place, sizeof place, " at %u:%u of its value", (unsigned)warning->value_line,
                 (unsigned)warning->value_column);
    if (warning->earlier_line)
        snprintf(earlier, sizeof earlier, "; first in line %u", (unsigned)warning->earlier_line);
    text_line(&view->text, YELLOW, "%swarning: %.*s%s%s%s%s%s%s", line, (int)warning->name.len,
              warning->name.data ? warning->name.data : "", place, warning->name.len ? ": " : "",
              warning->words, reason[0] ? "; " : "", reason, earlier);
}

void profile_view_warning(struct profile_view *view, const struct profile_warning *warning)
{
    view->n_warnings++;
    if (view->is_json)
        add_warning(view, warning);
    else
        print_warning(view, warning);
}

/* The remedy for a refused profile; NULL: none. */
static const char *advice_for(prov_status status)
{
    switch (status) {
    case PROV_E_KEY: return "check --key or --ikm against the one the file was encrypted with";
    case PROV_E_NO_KEY: return "pass its key by --key or --ikm";
    case PROV_E_NOT_ENCRYPTED:
        return "leave out --key, or the encoding aes128gcm, or encrypt the file as "
               "docs/encryption.md shows";
    case PROV_E_TRUNCATED: return "the end is missing: was the transfer of the file cut off?";
    case PROV_E_CORRUPT: return "correct the file at the place in the message";
    case PROV_E_LIMIT: return "make the file smaller: devices limit what a server can send";
    case PROV_E_POLICY: return "--bind has another value: is this the file of another device?";
    case PROV_E_SYNTAX: return "correct --alias: /element/path = /flat-profile/Name ; ...";
    case PROV_E_UNSUPPORTED:
        return "make the file as docs/encryption.md shows; --encoding takes gzip, aes128gcm, "
               "identity";
    default: return NULL;
    }
}

static void end_json(const struct profile_view *view, const struct prov_decode_result *decoded,
                     const struct prov_profile_result *parsed, const struct prov_error *err)
{
    struct json_object object = json_begin(stdout);
    json_add_word(&object, "profile", view->path);
    json_add_bool(&object, "is_refused", err != NULL);
    json_add_encodings(&object, decoded->encodings);
    json_add_word_if_set(&object, "derivation", decoded->derivation, prov_derivation_name);
    json_add_number(&object, "bytes", (int64_t)decoded->bytes_in);
    json_add_number(&object, "bytes_decoded", (int64_t)parsed->bytes);
    json_add_number(&object, "n_parameters", err ? 0 : (int64_t)view->n_set);
    json_add_number(&object, "n_unlisted", err ? 0 : (int64_t)view->n_unlisted);
    json_add_number(&object, "n_warnings", (int64_t)view->n_warnings);
    json_add_raw_array(&object, "parameters", err ? "" : view->parameters_text);
    json_add_raw_array(&object, "warnings", view->warnings_text);
    json_add_error(&object, err);
    if (err && advice_for(err->status))
        json_add_word(&object, "advice", advice_for(err->status));
    json_end(&object);
    fputc('\n', stdout);
}

static void print_encodings(const struct text_view *view, const struct prov_decode_result *decoded)
{
    char line[128] = "";
    const char *layer;
    for (size_t i = 0; (layer = name_of_encoding(decoded->encodings, i)); i++) {
        size_t len = strlen(line);
        snprintf(line + len, sizeof line - len, "%s%s", i ? ", " : "", layer);
    }
    text_line(view, PLAIN, "encodings: %s%s%s", line[0] ? line : "none, plain",
              decoded->derivation ? "; key by " : "",
              decoded->derivation ? prov_derivation_name(decoded->derivation) : "");
}

static void print_refusal(const struct text_view *view, const struct prov_error *err)
{
    char line[512];
    const char *advice = advice_for(err->status);
    text_line(view, RED, "refused: %s", text_error(err, line, sizeof line));
    text_line(view, PLAIN, "  %s%s%s", prov_status_text(err->status), advice ? ": " : "",
              advice ? advice : "");
}

static void end_text(const struct profile_view *view, const struct prov_decode_result *decoded,
                     const struct prov_profile_result *parsed, const struct prov_error *err)
{
    char bytes[32], unlisted[48] = "";
    const struct text_view out = {.out = stdout, .has_colour = view->text.has_colour};
    if (!err)
        fwrite(view->parameters_text, 1, view->parameters_len, stdout);
    print_encodings(&out, decoded);
    if (err) {
        print_refusal(&out, err);
        return;
    }
    words_for_bytes(parsed->bytes, bytes, sizeof bytes);
    if (view->n_unlisted)
        snprintf(unlisted, sizeof unlisted, ", %zu not in the catalogue", view->n_unlisted);
    text_line(&out, BOLD, "%zu to set, %zu of them withheld%s; %zu warnings; %s of XML",
              view->n_set, view->n_withheld, unlisted, view->n_warnings, bytes);
}

void profile_view_end(struct profile_view *view, const struct prov_decode_result *decoded,
                      const struct prov_profile_result *parsed, const struct prov_error *err)
{
    fflush(view->parameters);
    fflush(view->warnings);
    if (view->is_json)
        end_json(view, decoded, parsed, err);
    else
        end_text(view, decoded, parsed, err);
}

void profile_view_free(struct profile_view *view)
{
    if (view->parameters)
        fclose(view->parameters);
    if (view->warnings)
        fclose(view->warnings);
    free(view->parameters_text);
    free(view->warnings_text);
}
