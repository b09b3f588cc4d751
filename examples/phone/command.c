/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "command.h"

#include <string.h>

#include "common/json_object.h"
#include "common/text.h"

#include "bundle.h"
#include "call.h"
#include "host.h"
#include "show/json.h"
#include "licence.h"
#include "parameters.h"
#include "phone.h"
#include "sip/sip.h"
#include "web/web.h"

enum { WORD_CAP = 32 };

/* A command being carried out. */
struct order {
    struct phone *phone;
    prov_str argument; /* without blanks around it; NUL-terminated */
    bool *wants_events;
};

static prov_status expect(const char *expected, struct prov_error *err)
{
    *err = (struct prov_error){.size = sizeof *err, .status = PROV_E_INVALID};
    snprintf(err->message, sizeof err->message, "expected %s", expected);
    return err->status;
}

static prov_status call(const struct order *order, struct prov_error *err)
{
    uint32_t seconds = 0;
    if (order->argument.len && !prov_value_unsigned(order->argument, &seconds))
        return expect("call, or call SECONDS", err);
    call_begin(order->phone, seconds);
    return PROV_OK;
}

static prov_status hang_up(const struct order *order, struct prov_error *err)
{
    (void)err;
    call_end(order->phone);
    return PROV_OK;
}

static prov_status request(const struct order *order, uint32_t verb, struct prov_error *err)
{
    return host_request(order->phone, verb, order->argument, err);
}

static prov_status resync(const struct order *order, struct prov_error *err)
{
    return request(order, PROV_VERB_RESYNC, err);
}

/* Press a key of the phone's menu. */
static prov_status press(const struct order *order, struct prov_error *err)
{
    const struct prov_agent_request menu = {.size = sizeof menu, .cause = PROV_CAUSE_MENU};
    if (!text_is(order->argument, "resync"))
        return expect("press resync", err);
    return prov_agent_request(order->phone->agent, &menu, err);
}

static prov_status update_ca(const struct order *order, struct prov_error *err)
{
    return request(order, PROV_VERB_UPDATE_CA, err);
}

static prov_status upgrade(const struct order *order, struct prov_error *err)
{
    return request(order, PROV_VERB_UPGRADE, err);
}

static prov_status report(const struct order *order, struct prov_error *err)
{
    return request(order, PROV_VERB_REPORT, err);
}

static prov_status reboot(const struct order *order, struct prov_error *err)
{
    return request(order, PROV_VERB_REBOOT, err);
}

static prov_status activate(const struct order *order, struct prov_error *err)
{
    return order->argument.len ? request(order, PROV_VERB_ACTIVATE, err)
                               : expect("activate and a code", err);
}

static prov_status renew(const struct order *order, struct prov_error *err)
{
    const struct options *options = order->phone->options;
    if (!options->cert_file || options->n_phones)
        return expect("--client-cert, and no --phones beside it, for renew", err);
    return request(order, PROV_VERB_RENEW, err);
}

static prov_status authorize(const struct order *order, struct prov_error *err)
{
    return licence_authorize(order->phone, order->argument, err);
}

static prov_status reset_to_factory(const struct order *order, struct prov_error *err)
{
    return phone_request_factory_reset(order->phone, err);
}

static prov_status confirm(const struct order *order, struct prov_error *err)
{
    return host_confirm(order->phone, err);
}

static prov_status cancel(const struct order *order, struct prov_error *err)
{
    for (uint32_t job = 1; job; job <<= 1)
        if (text_is(order->argument, prov_job_name(job)))
            return prov_agent_cancel(order->phone->agent, job, err);
    return expect("cancel and the name of a job, as status prints it", err);
}

static prov_status network(const struct order *order, struct prov_error *err)
{
    bool is_lost = text_is(order->argument, "lost");
    if (!is_lost && !text_is(order->argument, "back"))
        return expect("network lost, or network back", err);
    return host_set_link(order->phone, is_lost, err);
}

static prov_status set(const struct order *order, struct prov_error *err)
{
    return parameters_change(order->phone, order->argument.data, false, err);
}

static prov_status set_as_user(const struct order *order, struct prov_error *err)
{
    return parameters_change(order->phone, order->argument.data, true, err);
}

static prov_status events(const struct order *order, struct prov_error *err)
{
    bool wants = text_is(order->argument, "on");
    if (!wants && !text_is(order->argument, "off"))
        return expect("events on, or events off", err);
    *order->wants_events = wants;
    return PROV_OK;
}

static prov_status write_bundle(const struct order *order, struct prov_error *err)
{
    return order->argument.len ? bundle_write(order->phone, order->argument.data, err)
                               : expect("bundle and a file", err);
}

static prov_status report_problem(const struct order *order, struct prov_error *err)
{
    return problem_send(order->phone, PROBLEM_REQUEST, err);
}

static prov_status quit(const struct order *order, struct prov_error *err)
{
    (void)err;
    order->phone->is_ended = true;
    return PROV_OK;
}

static prov_status find(const struct order *order, struct prov_error *err)
{
    return order->argument.len ? PROV_OK : expect("get and the name of a parameter", err);
}

static void add_parameter(struct json_object *reply, const struct order *order)
{
    parameters_add(reply, order->phone->store, order->phone->options->dialect,
                   order->argument.data);
}

static prov_status do_nothing(const struct order *order, struct prov_error *err)
{
    (void)order;
    (void)err;
    return PROV_OK;
}

static void add_status_of(struct json_object *reply, const struct phone *phone)
{
    char http[LISTEN_TEXT_CAP], sip[LISTEN_TEXT_CAP];
    json_add_word(reply, "sw_version", phone->sw_version);
    json_add_text_if_set(reply, "http", prov_str_from(web_address(phone->web, http)));
    json_add_text_if_set(reply, "sip", prov_str_from(sip_address(phone->sip, sip)));
    json_add_bool(reply, "has_call", phone->has_call);
    json_add_bool(reply, "is_link_lost", phone->is_link_lost);
    json_add_bool(reply, "is_unconfirmed", phone->is_unconfirmed);
    json_add_bool(reply, "is_busy", prov_agent_is_busy(phone->agent));
    contact_add(reply, &phone->contact, phone->store);
    json_add_device(reply, phone->agent);
    struct json_object jobs = json_add_array(reply, "jobs");
    json_add_jobs(&jobs, phone->agent);
    json_end(&jobs);
}

static void add_status(struct json_object *reply, const struct order *order)
{
    add_status_of(reply, order->phone);
}

void command_write_status(const struct phone *phone, FILE *out)
{
    struct json_object status = json_begin(out);
    add_status_of(&status, phone);
    json_end(&status);
    fputc('\n', out);
}

static const struct command {
    const char *name;
    prov_status (*run)(const struct order *order, struct prov_error *err);
    /* Further members of the reply. NULL: none. */
    void (*add)(struct json_object *reply, const struct order *order);
} commands[] = {
    {"call", call, NULL},
    {"hangup", hang_up, NULL},
    {"resync", resync, NULL},
    {"press", press, NULL},
    {"update-ca", update_ca, NULL},
    {"upgrade", upgrade, NULL},
    {"report", report, NULL},
    {"reboot", reboot, NULL},
    {"confirm", confirm, NULL},
    {"cancel", cancel, NULL},
    {"network", network, NULL},
    {"set", set, NULL},
    {"user", set_as_user, NULL},
    {"get", find, add_parameter},
    {"status", do_nothing, add_status},
    {"activate", activate, NULL},
    {"renew", renew, NULL},
    {"authorize", authorize, NULL},
    {"factory-reset", reset_to_factory, NULL},
    {"bundle", write_bundle, NULL},
    {"problem-report", report_problem, NULL},
    {"events", events, NULL},
    {"quit", quit, NULL},
};

enum { N_COMMANDS = sizeof commands / sizeof commands[0] };

/* The message contains only the word: an argument may be a secret. */
static void refuse(prov_str word, struct prov_error *err)
{
    char shown[WORD_CAP];
    *err = (struct prov_error){.size = sizeof *err, .status = PROV_E_INVALID};
    snprintf(err->message, sizeof err->message, "found '%s', expected one of",
             text_clean(word, shown, sizeof shown));
    for (size_t i = 0; i < N_COMMANDS; i++) {
        size_t len = strlen(err->message);
        snprintf(err->message + len, sizeof err->message - len, "%s %s", i ? "," : "",
                 commands[i].name);
    }
}

static const struct command *find_command(prov_str word)
{
    for (size_t i = 0; i < N_COMMANDS; i++)
        if (text_is(word, commands[i].name))
            return &commands[i];
    return NULL;
}

void command_run(struct phone *phone, const char *line, bool *wants_events, FILE *out)
{
    struct prov_error err = {.size = sizeof err};
    prov_str word = {line, strcspn(line, " ")};
    const char *argument = line + word.len + strspn(line + word.len, " ");
    const struct order order = {
        .phone = phone,
        .argument = prov_str_from(argument),
        .wants_events = wants_events,
    };
    const struct command *command = find_command(word);
    if (!command)
        refuse(word, &err);
    bool is_ok = command && command->run(&order, &err) == PROV_OK;

    struct json_object reply = json_begin(out);
    json_add_word(&reply, "command", command ? command->name : "unknown");
    json_add_bool(&reply, "ok", is_ok);
    if (!is_ok)
        json_add_error(&reply, &err);
    else if (command->add)
        command->add(&reply, &order);
    json_end(&reply);
    fputc('\n', out);
}
