/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "fetch/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <provision/agent.h>

#include "base/error.h"
#include "base/str.h"
#include "base/time.h"
#include "base/url.h"
#include "env/param.h"
#include "fetch/fetcher.h"

enum {
    MAX_DATAGRAM = 1024, /* RFC 3164, section 4.1; in both forms a longer message is cut */
    MAX_IDENTIFIER = 64,
    FACILITY_LOCAL0 = 16,
};

/* A message to be written. */
struct line {
    enum prov_severity severity;
    const char *name; /* of its parameter; NULL: none */
    prov_str identifier;
    prov_str text;
};

/*
 * RFC 3164, section 4.1: `<PRI>Mmm dd hh:mm:ss IDENTIFIER TEXT`, facility local0, local time.
 * Without a valid clock the time is left out, and without an identifier the identifier. In the
 * vendor's guide the identifier comes after the timestamp.
 */
static int write_rfc3164(const struct line *line, const struct prov_world *world, char *buf,
                         size_t cap)
{
    static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    char time[24] = "";
    struct provi_civil t = provi_civil_from_seconds(world->wall_s + world->utc_offset_s);
    if (world->wall_valid)
        snprintf(time, sizeof time, "%s %2d %02d:%02d:%02d ", months[t.month - 1], t.day, t.hour,
                 t.minute, t.second);
    return snprintf(buf, cap, "<%d>%s%.*s%s%.*s", FACILITY_LOCAL0 * 8 + (int)line->severity, time,
                    PROVI_STR(line->identifier), line->identifier.len ? " " : "",
                    (int)line->text.len, line->text.data);
}

/* RFC 5424, section 6: a host name has no blanks, and an unknown field is `-`. */
static int write_rfc5424(const struct line *line, const struct prov_world *world, char *buf,
                         size_t cap)
{
    char time[48] = "-", host[MAX_IDENTIFIER + 1] = "-";
    struct provi_civil t = provi_civil_from_seconds(world->wall_s + world->utc_offset_s);
    int offset_min = world->utc_offset_s / 60;
    if (world->wall_valid)
        snprintf(time, sizeof time, "%04d-%02d-%02dT%02d:%02d:%02d%c%02d:%02d", (int)t.year,
                 t.month, t.day, t.hour, t.minute, t.second, offset_min < 0 ? '-' : '+',
                 abs(offset_min) / 60, abs(offset_min) % 60);
    for (size_t i = 0; i < line->identifier.len && i < MAX_IDENTIFIER; i++) {
        char c = line->identifier.data[i];
        host[i] = '!' <= c && c <= '~' ? c : '_';
        host[i + 1] = '\0';
    }
    return snprintf(buf, cap, "<%d>1 %s %s provision - %s - %.*s",
                    FACILITY_LOCAL0 * 8 + (int)line->severity, time, host,
                    line->name ? line->name : "-", (int)line->text.len, line->text.data);
}

/* The identifier is empty for `None` and for a text that cannot be expanded. */
static void read_identifier(struct provi_env *env, struct provi_buffer *identifier)
{
    prov_status status =
        provi_expand_param(env, PROVI_LIT("Syslog_Identifier"), NULL, 0, identifier, NULL);
    if (status != PROV_OK || provi_str_eq_nocase(provi_buffer_str(identifier), PROVI_LIT("None")))
        provi_buffer_reset(identifier);
    provi_buffer_flatten(identifier);
}

static prov_str write_datagram(struct provi_env *env, struct line *line, char *buf)
{
    struct prov_world world;
    struct provi_buffer identifier;
    provi_buffer_init(&identifier, MAX_IDENTIFIER, false);
    read_identifier(env, &identifier);
    provi_env_world(env, &world);
    line->identifier = provi_buffer_str(&identifier);
    int len = env->options.syslog_format == PROV_SYSLOG_RFC5424
                  ? write_rfc5424(line, &world, buf, MAX_DATAGRAM)
                  : write_rfc3164(line, &world, buf, MAX_DATAGRAM);
    provi_buffer_free(&identifier, &env->alloc);
    size_t size = len < 0 ? 0 : (size_t)len;
    return (prov_str){buf, size < MAX_DATAGRAM ? size : MAX_DATAGRAM - 1};
}

/* Empty: no server. @p buf has room for PROVI_MAX_SERVER_BYTES and a NUL. */
static prov_str read_server(const struct provi_fetcher *fetcher, enum provi_log_server which,
                            char *buf)
{
    size_t len;
    prov_str name = prov_str_from(provi_log_server_name(which));
    if (provi_param_copy(&fetcher->env->params, name, buf, PROVI_MAX_SERVER_BYTES + 1, &len) !=
        PROV_OK)
        return (prov_str){NULL, 0};
    return provi_str_trim((prov_str){buf, len});
}

/* Most devices have neither server: the line is written for the first one only. */
static void send_to_servers(struct provi_fetcher *fetcher, struct line line)
{
    char buf[MAX_DATAGRAM];
    prov_str datagram = {NULL, 0};
    for (size_t i = 0; i < PROVI_N_LOG_SERVERS; i++) {
        char value[PROVI_MAX_SERVER_BYTES + 1];
        enum provi_log_server which = (enum provi_log_server)i;
        prov_str server = read_server(fetcher, which, value);
        if (server.len == 0)
            continue;
        if (datagram.len == 0)
            datagram = write_datagram(fetcher->env, &line, buf);
        provi_syslog_send(fetcher, which, server, datagram);
    }
}

void provi_log_text(struct provi_fetcher *fetcher, uint32_t job, const char *name,
                    enum prov_severity severity, prov_str text)
{
    provi_env_log(fetcher->env, job,
                  (struct prov_log_entry){
                      .severity = severity,
                      .name = prov_str_from(name),
                      .text = text,
                  });
    send_to_servers(fetcher, (struct line){.severity = severity, .name = name, .text = text});
}

/* Expand message @p n, counted from @p message on, and log it, unless it is empty. */
static void log_message(struct provi_fetcher *fetcher, uint32_t job, const char *message,
                        unsigned n, bool has_failed)
{
    struct provi_env *env = fetcher->env;
    struct provi_buffer expanded;
    for (; message && n; n--)
        message += strlen(message) + 1;
    if (!message || !*message)
        return;
    bool has_reader = provi_env_wants(env, PROV_EVENT_LOG);
    for (unsigned i = 0; i < PROVI_N_LOG_SERVERS && !has_reader; i++)
        has_reader = provi_param_is_stored(
            &env->params, prov_str_from(provi_log_server_name((enum provi_log_server)i)));
    if (!has_reader)
        return;
    bool is_text = strchr(message, ' ');
    provi_buffer_init(&expanded, env->limits.max_rule_bytes, false);
    prov_status status =
        is_text ? provi_expand(env, prov_str_from(message), 0, &expanded, NULL)
                : provi_expand_param(env, prov_str_from(message), NULL, 0, &expanded, NULL);
    if (status == PROV_OK && expanded.len) {
        provi_buffer_flatten(&expanded);
        provi_log_text(fetcher, job, is_text ? NULL : message,
                       has_failed ? PROV_SEVERITY_ERROR : PROV_SEVERITY_INFO,
                       provi_buffer_str(&expanded));
    }
    provi_buffer_free(&expanded, &env->alloc);
}

void provi_log_request(struct provi_fetcher *fetcher, uint32_t job, const char *messages)
{
    log_message(fetcher, job, messages, 0, false);
}

void provi_log_end(struct provi_fetcher *fetcher, uint32_t job, const char *messages,
                   bool has_failed)
{
    log_message(fetcher, job, messages, has_failed ? 2 : 1, has_failed);
}

/* Reports no failure to send: a host that logs each event would cause an endless loop. */
prov_status provi_log_host(struct provi_fetcher *fetcher, uint32_t severity, prov_str text,
                           struct prov_error *err)
{
    struct provi_buffer copy;
    if (fetcher->syslog && fetcher->syslog->is_reporting)
        return provi_fail(err, PROV_E_STATE, "called while a log message that failed is reported");
    provi_buffer_init(&copy, MAX_DATAGRAM, false);
    if (provi_buffer_add(&copy, &fetcher->env->alloc, text.data,
                         text.len < MAX_DATAGRAM ? text.len : MAX_DATAGRAM) != PROV_OK)
        return provi_fail_nomem(err);
    provi_buffer_flatten(&copy);
    send_to_servers(fetcher, (struct line){.severity = (enum prov_severity)severity,
                                           .text = provi_buffer_str(&copy)});
    provi_buffer_free(&copy, &fetcher->env->alloc);
    return PROV_OK;
}
