/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "tftp_script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/str.h"
#include "dials.h"
#include "tftp/tftp.h"

#define MAX_DATAGRAM 4096

void tftp_script_init(struct tftp_script *script)
{
    *script = (struct tftp_script){
        .now_ms = 1000000,
        .request =
            {
                .port = 69,
                .max_bytes = 1 << 20,
                .answer_ms = 27000,
                .idle_ms = 27000,
                .total_ms = 900000,
            },
    };
    for (size_t i = 0; i < sizeof script->body; i++)
        script->body[i] = (char)('a' + i % 26);
}

static prov_str next_word(prov_str *rest)
{
    prov_str word = {NULL, 0};
    provi_str_split(rest, ' ', &word);
    return word;
}

static uint64_t next_number(prov_str *rest)
{
    uint64_t number;
    prov_str word = next_word(rest);
    if (!provi_str_to_u64(word, INT64_MAX, &number))
        test_die("number expected, not '%.*s'", PROVI_STR(word));
    return number;
}

/* Saying */

static void say_options(struct provi_text *out, prov_str rest)
{
    prov_str name, value;
    while (provi_str_split(&rest, '\0', &name) && provi_str_split(&rest, '\0', &value)) {
        provi_text_puts(out, " ");
        provi_text_add(out, name);
        provi_text_puts(out, "=");
        provi_text_add(out, value);
    }
}

static void say_request(struct provi_text *out, prov_str sent)
{
    prov_str rest = provi_str_from_offset(sent, 2);
    prov_str name, mode;
    provi_str_split(&rest, '\0', &name);
    provi_str_split(&rest, '\0', &mode);
    if (!provi_str_is(mode, "octet"))
        test_die("mode %.*s", PROVI_STR(mode));
    provi_text_puts(out, sent.data[1] == PROVI_TFTP_WRQ ? "wrq " : "rrq ");
    provi_text_add(out, name);
    say_options(out, rest);
}

/* Blocks of a write are those of the body, in order. */
static void check_block(const struct tftp_script *script, const struct provi_tftp_packet *packet)
{
    size_t at = (packet->number - 1u) * script->transfer.block_bytes;
    if (at + packet->rest.len > sizeof script->body ||
        (packet->rest.len && memcmp(packet->rest.data, script->body + at, packet->rest.len) != 0))
        test_die("block %u is not of the body", (unsigned)packet->number);
}

static void say_numbered(struct provi_text *out, const struct tftp_script *script, prov_str sent)
{
    struct provi_tftp_packet packet = provi_tftp_parse((const uint8_t *)sent.data, sent.len);
    switch (packet.opcode) {
    case PROVI_TFTP_ACK: provi_text_puts(out, "ack "); break;
    case PROVI_TFTP_DATA: provi_text_puts(out, "data "); break;
    case PROVI_TFTP_ERROR: provi_text_puts(out, "error "); break;
    default: test_die("a client sent opcode %d", (int)packet.opcode);
    }
    if (packet.opcode == PROVI_TFTP_ERROR && (sent.len != 5 || sent.data[4] != '\0'))
        test_die("the text of an error has no end");
    provi_text_add_number(out, packet.number);
    if (packet.opcode == PROVI_TFTP_DATA) {
        check_block(script, &packet);
        provi_text_puts(out, " ");
        provi_text_add_number(out, (int64_t)packet.rest.len);
    }
}

static void say_sent(struct provi_text *out, const struct tftp_script *script,
                     const struct provi_tftp_action *action)
{
    if (action->send.data[0] != 0)
        test_die("opcode %u...", (unsigned)action->send.data[0]);
    provi_text_puts(out, "to ");
    provi_text_add_number(out, action->port);
    provi_text_puts(out, " ");
    if (action->send.data[1] <= PROVI_TFTP_WRQ)
        say_request(out, action->send);
    else
        say_numbered(out, script, action->send);
}

/* What an end is beside its words. */
static void check_end(const struct provi_tftp *t, prov_status status, const struct prov_error *err)
{
    const bool is_transient =
        (status == PROV_E_CONNECT || status == PROV_E_TIMEOUT || status == PROV_E_NETWORK) &&
        t->outcome != PROVI_TFTP_MISTAKEN;
    const bool is_refused = t->outcome == PROVI_TFTP_REFUSED;
    const bool is_dallying = t->outcome == PROVI_TFTP_WHOLE && !t->request.is_write;
    if (t->phase != (is_dallying ? PROVI_TFTP_DALLYING : PROVI_TFTP_GONE))
        test_die("%s: phase %d", err->message, (int)t->phase);
    if (err->status != status || err->flags != (is_transient ? PROV_ERROR_RETRYABLE : 0))
        test_die("%s: status %d, flags %u", err->message, err->status, (unsigned)err->flags);
    if (err->origin != (is_refused ? PROV_ORIGIN_TFTP : 0) ||
        err->native != (is_refused ? t->error : 0))
        test_die("%s: number %d of origin %d", err->message, (int)err->native, (int)err->origin);
}

static void say_outcome(struct provi_text *out, const struct provi_tftp *t)
{
    struct prov_error err = {.size = sizeof err};
    prov_status status = provi_tftp_report(t, "server", "host", &err);
    check_end(t, status, &err);
    provi_text_puts(out, prov_status_name(status));
    if (status == PROV_OK)
        return;
    provi_text_puts(out, " ");
    provi_text_puts(out, err.message);
}

static void separate(struct provi_text *out)
{
    if (out->len)
        provi_text_puts(out, " | ");
}

static const char *say(struct tftp_script *script, const struct provi_tftp_action *action)
{
    struct provi_text out = {.buf = script->said, .cap = sizeof script->said};
    if (script->transfer.file_bytes < -1)
        test_die("a file of %lld bytes", (long long)script->transfer.file_bytes);
    if (action->send.len)
        say_sent(&out, script, action);
    if (action->bytes.len) {
        separate(&out);
        provi_text_add_number(&out, (int64_t)action->bytes.len);
        provi_text_puts(&out, " bytes");
    }
    if (action->is_decided) {
        separate(&out);
        say_outcome(&out, &script->transfer);
    }
    if (out.len == 0)
        provi_text_puts(&out, "nothing");
    provi_text_end(&out, NULL);
    return script->said;
}

/* Doing */

static void write_options(struct provi_text *out, prov_str rest)
{
    prov_str option, name;
    while (provi_str_split(&rest, ' ', &option)) {
        provi_str_split(&option, '=', &name);
        provi_text_add(out, name);
        provi_text_add_char(out, '\0');
        provi_text_add(out, option);
        provi_text_add_char(out, '\0');
    }
}

static int digit(char c)
{
    const char *digits = "0123456789abcdef";
    const char *at = c ? strchr(digits, c) : NULL;
    if (!at)
        test_die("no hexadecimal digit: %c", c);
    return (int)(at - digits);
}

static void write_hex(struct provi_text *out, prov_str hex)
{
    for (size_t i = 0; i + 1 < hex.len; i += 2)
        provi_text_add_char(out, (char)(digit(hex.data[i]) << 4 | digit(hex.data[i + 1])));
}

static void write_head(struct provi_text *out, unsigned opcode, uint64_t number)
{
    const char head[] = {0, (char)opcode, (char)(number >> 8), (char)number};
    provi_text_add(out, (prov_str){head, sizeof head});
}

static void write_datagram(struct tftp_script *script, struct provi_text *out, prov_str rest)
{
    prov_str kind = next_word(&rest);
    if (provi_str_is(kind, "hex")) {
        write_hex(out, rest);
    } else if (provi_str_is(kind, "oack")) {
        provi_text_add(out, (prov_str){"\0\6", 2});
        write_options(out, rest);
    } else if (provi_str_is(kind, "ack")) {
        write_head(out, PROVI_TFTP_ACK, next_number(&rest));
    } else if (provi_str_is(kind, "data")) {
        write_head(out, PROVI_TFTP_DATA, next_number(&rest));
        provi_text_add(out, (prov_str){script->body, (size_t)next_number(&rest)});
    } else if (provi_str_is(kind, "error")) {
        write_head(out, PROVI_TFTP_ERROR, next_number(&rest));
        provi_text_add(out, rest);
        provi_text_add_char(out, '\0');
    } else {
        test_die("unknown datagram: %.*s", PROVI_STR(kind));
    }
}

static void receive(struct tftp_script *script, prov_str rest, struct provi_tftp_action *action)
{
    static char datagram[MAX_DATAGRAM];
    uint16_t port = (uint16_t)next_number(&rest);
    struct provi_text out = {.buf = datagram, .cap = sizeof datagram};
    write_datagram(script, &out, rest);
    const struct provi_tftp_event event = {
        .now_ms = script->now_ms,
        .data = (const uint8_t *)datagram,
        .len = out.len,
        .port = port,
    };
    provi_tftp_step(&script->transfer, &event, action);
}

static bool read_source(void *ctx, char *buf, size_t cap, size_t *len)
{
    struct tftp_script *script = ctx;
    size_t n = script->source_len - script->source_at;
    if (cap == 0)
        test_die("a source read into nothing");
    if (n == 0 && script->is_broken)
        return false;
    n = n < script->piece ? n : script->piece;
    *len = n < cap ? n : cap;
    memcpy(buf, script->body + script->source_at, *len);
    script->source_at += *len;
    return true;
}

static void use_source(struct tftp_script *script, bool is_announced, prov_str rest)
{
    script->source_len = (size_t)next_number(&rest);
    script->piece = (size_t)next_number(&rest);
    script->request.read = read_source;
    script->request.read_ctx = script;
    script->request.read_bytes = is_announced ? (int64_t)script->source_len : -1;
}

static void start(struct tftp_script *script, prov_str verb, prov_str rest,
                  struct provi_tftp_action *action)
{
    prov_str name = next_word(&rest);
    snprintf(script->name, sizeof script->name, "%.*s", PROVI_STR(name));
    script->request.name = prov_str_from(script->name);
    script->request.is_write = !provi_str_is(verb, "read");
    if (provi_str_is(verb, "send") || provi_str_is(verb, "stream"))
        use_source(script, provi_str_is(verb, "send"), rest);
    else if (script->request.is_write)
        script->request.body = (prov_str){script->body, (size_t)next_number(&rest)};
    provi_tftp_start(&script->transfer, &script->request, script->now_ms, action);
}

static void set(struct tftp_script *script, prov_str verb, prov_str rest)
{
    int64_t value = (int64_t)next_number(&rest);
    if (provi_str_is(verb, "max"))
        script->request.max_bytes = (uint64_t)value;
    else if (provi_str_is(verb, "answer"))
        script->request.answer_ms = value;
    else if (provi_str_is(verb, "idle"))
        script->request.idle_ms = value;
    else if (provi_str_is(verb, "break"))
        script->is_broken = value;
    else if (provi_str_is(verb, "total"))
        script->request.total_ms = value;
    else
        test_die("unknown: %.*s", PROVI_STR(verb));
}

const char *tftp_script_do(struct tftp_script *script, prov_str line)
{
    struct provi_tftp_action action = {.is_decided = true}; /* replaced by every step */
    prov_str rest = line;
    prov_str verb = next_word(&rest);
    if (provi_str_is(verb, "read") || provi_str_is(verb, "write") || provi_str_is(verb, "send") ||
        provi_str_is(verb, "stream")) {
        start(script, verb, rest, &action);
    } else if (provi_str_is(verb, "from")) {
        receive(script, rest, &action);
    } else if (provi_str_is(verb, "wait")) {
        script->now_ms += (int64_t)next_number(&rest);
        const struct provi_tftp_event event = {.now_ms = script->now_ms};
        provi_tftp_step(&script->transfer, &event, &action);
    } else if (provi_str_is(verb, "refused")) {
        const struct provi_tftp_event event = {.now_ms = script->now_ms, .is_refused = true};
        provi_tftp_step(&script->transfer, &event, &action);
    } else if (provi_str_is(verb, "abandon")) {
        provi_tftp_abandon(&script->transfer, &action);
    } else {
        action.is_decided = false;
        set(script, verb, rest);
    }
    return say(script, &action);
}
