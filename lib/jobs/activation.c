/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include <provision/activation.h>

#include "base/abi.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "base/url.h"
#include "fetch/log.h"
#include "jobs/activation_answer.h"
#include "jobs/resync.h"
#include "jobs/rule_job.h"
#include "macro/vars.h"
#include "persist/save.h"

enum {
    MAX_ANSWER_BYTES = 64 * 1024,
    MAX_FORM_BYTES = 4096,
    DAY_MS = 24 * 60 * 60 * 1000,
};

#define NAME "activation" /* in place of a rule's, in events */

static const char record_name[] = "activate";
static const char record_mark[] = "PVG1";

/* What survives a reboot. */
struct kept {
    uint16_t state;    /* enum prov_customization */
    uint8_t contact;   /* enum prov_contact */
    bool is_code_sent; /* and its outcome is not known yet */
    uint32_t rule_crc; /* of Profile_Rule as the service named it, with CUSTOM_PENDING */
};

/* What the store says about Profile_Rule. */
enum rule {
    RULE_NONE, /* nothing is stored: the default counts, for which DHCP has to name a server */
    RULE_GDS,
    RULE_OTHER,
    RULE_UNREADABLE,
};

/* What a service answered last since the start. */
struct offer {
    bool is_given;
    int64_t at_ms;
    struct provi_buffer shown; /* Profile_Rule, without secrets */
};

struct activation {
    struct provi_rule_job rule;
    struct offer by_service, by_code;
    struct provi_secret code_url;
    struct provi_secret contact_url;
    struct provi_buffer form; /* of the exchange under way; holds the code */
    struct kept kept;
    struct kept saved; /* as the host saved it last */
    struct prov_activation shown;
    uint32_t seen_crc;    /* of Profile_Rule at the end of the last resync */
    uint32_t seen_offers; /* of DHCP */
    bool wants_resync;
    bool is_unstored; /* the service named rules that the device could not store */
};

static struct activation *of(struct provi_job *job)
{
    return (struct activation *)job;
}

static struct provi_env *env_of(const struct activation *activation)
{
    return provi_job_env(&activation->rule.job);
}

static struct provi_fetcher *fetcher_of(const struct activation *activation)
{
    return activation->rule.job.jobs->fetcher;
}

static prov_str text_of(uint32_t outcome)
{
    switch (outcome) {
    case PROV_CODE_NONE:
    case PROV_CODE_ACCEPTED: return PROVI_LIT("");
    case PROV_CODE_UNKNOWN:
    case PROV_CODE_USED:
    case PROV_CODE_EXPIRED: return PROVI_LIT("Invalid activation code");
    case PROV_CODE_NOT_STORED: return PROVI_LIT("Activation cannot be stored");
    default: return PROVI_LIT("Activation service not available");
    }
}

static prov_status save_kept(void *ctx, struct prov_error *err)
{
    struct activation *activation = ctx;
    const struct kept *kept = &activation->kept;
    struct provi_record record;
    provi_save_begin(&record, env_of(activation), record_mark);
    provi_record_number(&record, kept->state, 1);
    provi_record_number(&record, kept->contact, 1);
    provi_record_number(&record, kept->is_code_sent, 1);
    provi_record_number(&record, kept->rule_crc, 4);
    prov_status status = provi_save_end(&record, env_of(activation), record_name, err);
    if (status == PROV_OK)
        activation->saved = *kept;
    return status;
}

static bool is_saved(const struct activation *activation)
{
    const struct kept *a = &activation->kept, *b = &activation->saved;
    return a->state == b->state && a->contact == b->contact && a->is_code_sent == b->is_code_sent &&
           a->rule_crc == b->rule_crc;
}

/* Without the record the device only asks once more after a reboot. */
static void save(struct activation *activation)
{
    struct prov_error error = {0};
    if (!is_saved(activation) && save_kept(activation, &error) != PROV_OK)
        provi_save_warn(env_of(activation), record_name, &error);
}

/* Show the state, and report it if it differs from what was reported, or a code has an outcome. */
static void show(struct activation *activation, bool has_outcome)
{
    const struct kept *kept = &activation->kept;
    struct prov_activation *shown = &activation->shown;
    const struct prov_activation now = {
        .size = sizeof now,
        .state = kept->state,
        .contact = kept->contact,
        .code = shown->code,
        .is_code_wanted = fetcher_of(activation)->is_code_wanted,
        .text = text_of(shown->code),
    };
    bool is_new = has_outcome || now.state != shown->state || now.contact != shown->contact ||
                  now.is_code_wanted != shown->is_code_wanted;
    *shown = now;
    provi_macro_vars_set_custom(env_of(activation)->macro_vars,
                                kept->state == PROV_CUSTOMIZATION_ACQUIRED);
    if (is_new)
        provi_env_event(env_of(activation), (struct prov_event){
                                                .type = PROV_EVENT_ACTIVATION,
                                                .job = PROV_JOB_ACTIVATION,
                                                .as.activation = &now,
                                            });
}

static void set_state(struct activation *activation, enum prov_customization state,
                      enum prov_contact contact)
{
    activation->kept.state = (uint16_t)state;
    activation->kept.contact = (uint8_t)contact;
}

static enum rule read_rule(const struct activation *activation, uint32_t *crc)
{
    struct prov_param stored;
    *crc = 0;
    if (provi_param_find(&env_of(activation)->params, PROVI_LIT("Profile_Rule"), PROV_LAYER_ANY,
                         &stored) != PROV_OK)
        return RULE_UNREADABLE;
    const prov_str text = stored.has_value ? provi_str_trim(stored.value) : PROVI_LIT("");
    if (text.len == 0)
        return RULE_NONE;
    *crc = provi_crc32(text);
    return provi_activation_is_gds(text) ? RULE_GDS : RULE_OTHER;
}

/* Nothing has provisioned the device yet, nor has a service named a rule. */
static bool is_fresh(const struct activation *activation)
{
    switch (activation->kept.state) {
    case PROV_CUSTOMIZATION_OPEN:
    case PROV_CUSTOMIZATION_PENDING:
    case PROV_CUSTOMIZATION_UNAVAILABLE: return true;
    default: return false;
    }
}

/*
 * Servers that DHCP offers, and a rule that is stored, end first contact. A rule that was not there
 * before a resync came from the servers.
 */
static void observe(struct activation *activation, enum rule rule, uint32_t crc, bool is_resync_end)
{
    const struct provi_fetcher *fetcher = fetcher_of(activation);
    bool is_pending = activation->kept.state == PROV_CUSTOMIZATION_CUSTOM_PENDING;
    bool is_other = rule == RULE_OTHER && crc != activation->kept.rule_crc;
    bool is_domain = provi_dhcp_is_domain(fetcher);
    bool is_by_servers = is_fresh(activation) && !activation->seen_crc &&
                         provi_dhcp_servers(fetcher).len &&
                         (!is_domain || (is_other && is_resync_end));
    if (rule == RULE_UNREADABLE)
        return;
    if (rule == RULE_GDS && fetcher->is_code_wanted) {
        set_state(activation, PROV_CUSTOMIZATION_PENDING, PROV_CONTACT_NONE);
        activation->kept.rule_crc = 0;
    } else if (rule == RULE_GDS) {
        /* a resync evaluates it */
    } else if (is_by_servers) {
        set_state(activation, PROV_CUSTOMIZATION_ABORTED,
                  is_domain ? PROV_CONTACT_SRV : PROV_CONTACT_DHCP);
    } else if (is_other && (is_fresh(activation) || is_pending)) {
        set_state(activation, PROV_CUSTOMIZATION_ABORTED, PROV_CONTACT_HAND);
    }
    activation->seen_crc = crc;
}

/* The rule that led to a server, a code or a service is gone: first contact begins anew. */
static bool is_removed(const struct activation *activation, enum rule rule)
{
    return rule == RULE_NONE && activation->seen_crc &&
           (is_fresh(activation) || activation->kept.state == PROV_CUSTOMIZATION_CUSTOM_PENDING);
}

static void begin_anew(struct activation *activation)
{
    set_state(activation, PROV_CUSTOMIZATION_OPEN, PROV_CONTACT_NONE);
    activation->kept.rule_crc = 0;
    activation->wants_resync = true; /* it decides about the service at its end */
}

/* Between two resyncs: a rule or a DHCP offer that is new starts a resync. */
static void watch(struct activation *activation)
{
    struct provi_fetcher *fetcher = fetcher_of(activation);
    uint32_t crc;
    if (activation->rule.job.jobs->running)
        return;
    enum rule rule = read_rule(activation, &crc);
    bool is_fresh_before = is_fresh(activation);
    bool has_rule = rule == RULE_GDS || (rule == RULE_OTHER && is_fresh_before);
    bool has_offer = fetcher->n_offers != activation->seen_offers && is_fresh_before;
    activation->wants_resync |= (has_rule && crc != activation->seen_crc) || has_offer;
    if (is_removed(activation, rule))
        begin_anew(activation);
    activation->seen_offers = fetcher->n_offers;
    if (rule != RULE_UNREADABLE && crc != activation->seen_crc)
        fetcher->is_code_wanted = false;
    observe(activation, rule, crc, false);
}

static struct provi_resync_job *find_resync(const struct activation *activation)
{
    struct provi_job *job = activation->rule.job.jobs->first;
    while (job->type->job != PROV_JOB_RESYNC)
        job = job->next;
    return (struct provi_resync_job *)job;
}

/* A request would replace one that waits, and may have a rule of its own. */
static bool may_request(const struct activation *activation)
{
    const struct provi_resync_job *resync = find_resync(activation);
    return activation->wants_resync && !resync->running && !resync->start_cause &&
           !resync->pending.cause && !resync->pending.rule.len;
}

/* If the settings refuse it, the scheduler starts one when they allow it again. */
static void request_resync(struct activation *activation)
{
    struct provi_pending pending = {.cause = PROV_CAUSE_HOST};
    struct provi_job *job = provi_jobs_for_verb(activation->rule.job.jobs, PROV_VERB_RESYNC);
    if (!may_request(activation))
        return;
    activation->wants_resync = false;
    job->type->request(job, &pending, NULL);
}

static void fill_extra(struct provi_rule_job *job, struct provi_fetch_extra *extra)
{
    const struct activation *activation = (const struct activation *)job;
    extra->method = PROV_METHOD_POST;
    extra->body = provi_buffer_str(&activation->form);
    extra->content_type = PROVI_LIT("application/x-www-form-urlencoded");
    extra->is_confined = true;
}

static prov_status start_exchange(struct activation *activation, struct prov_error *err)
{
    struct provi_env *env = env_of(activation);
    const struct provi_pending *request = &activation->rule.request;
    struct provi_rule_plan plan = {
        .choice =
            {
                .cause = request->cause,
                .rule_name = prov_str_from(NAME),
                .text =
                    provi_secret_str(request->cause != PROV_CAUSE_NONE ? &activation->code_url
                                                                       : &activation->contact_url),
            },
    };
    activation->is_unstored = false;
    prov_status status =
        provi_activation_form(env, provi_secret_str(&request->rule), &activation->form, err);
    if (status == PROV_OK)
        status = provi_rule_job_start(&activation->rule, &plan, err);
    if (status != PROV_OK)
        provi_buffer_free(&activation->form, &env->alloc);
    return status;
}

static void end_code(struct activation *activation, enum prov_code_outcome outcome)
{
    activation->kept.is_code_sent = false;
    activation->shown.code = outcome;
    save(activation);
    show(activation, true);
}

/* From now on a power cut leaves open whether the service has used the code up. */
static prov_status send_code(struct activation *activation, struct prov_error *err)
{
    activation->kept.is_code_sent = true;
    activation->shown.code = PROV_CODE_NONE;
    save(activation);
    prov_status status = start_exchange(activation, err);
    if (status != PROV_OK)
        end_code(activation, PROV_CODE_NO_SERVICE);
    return status;
}

/* Nothing but the service can name a server. */
static bool is_contact_due(struct activation *activation)
{
    uint32_t crc;
    const struct provi_fetcher *fetcher = fetcher_of(activation);
    bool has_offer = (provi_dhcp_servers(fetcher).len > 0 && !provi_dhcp_is_domain(fetcher)) ||
                     fetcher->next_dhcp;
    return activation->contact_url.len && is_fresh(activation) && !has_offer &&
           read_rule(activation, &crc) == RULE_NONE && !provi_rule_job_waits(&activation->rule);
}

static prov_status decide(struct provi_rule_job *job, struct prov_error *err)
{
    struct activation *activation = (struct activation *)job;
    bool is_enabled;
    if (job->request.cause != PROV_CAUSE_NONE)
        return send_code(activation, err);
    prov_status status = provi_settings_enabled(env_of(activation), &is_enabled);
    if (status != PROV_OK || !is_enabled || !is_contact_due(activation))
        return status;
    set_state(activation, PROV_CUSTOMIZATION_PENDING, PROV_CONTACT_NONE);
    show(activation, false);
    return start_exchange(activation, err);
}

/* The rules and the new state are committed together: a power cut leaves both as they were. */
static prov_status use_answer(struct activation *activation,
                              const struct provi_activation_answer *answer, struct prov_error *err)
{
    const struct kept before = activation->kept;
    const struct provi_job_record record = {save_kept, activation};
    bool is_code = activation->rule.request.cause != PROV_CAUSE_NONE;
    activation->kept = (struct kept){
        .state = PROV_CUSTOMIZATION_CUSTOM_PENDING,
        .contact = is_code ? PROV_CONTACT_CODE : PROV_CONTACT_SERVICE,
        .rule_crc = provi_crc32(provi_str_trim(provi_buffer_str(&answer->rules[0]))),
    };
    prov_status status = provi_activation_store(answer, &activation->rule.job, &record, err);
    activation->is_unstored = status != PROV_OK && status != PROV_E_CORRUPT;
    if (status != PROV_OK) {
        activation->kept = before;
        return status;
    }
    activation->seen_crc = activation->kept.rule_crc;
    activation->wants_resync = true;
    fetcher_of(activation)->is_code_wanted = false;
    return PROV_OK;
}

/* A mask may be longer than what it hides. */
static prov_status note_offer(struct activation *activation, prov_str rule, struct prov_error *err)
{
    struct provi_env *env = env_of(activation);
    bool is_code = activation->rule.request.cause != PROV_CAUSE_NONE;
    struct offer *offer = is_code ? &activation->by_code : &activation->by_service;
    offer->is_given = true;
    offer->at_ms = provi_env_now_ms(env);
    provi_buffer_free(&offer->shown, &env->alloc);
    provi_buffer_init(&offer->shown, 4 * rule.len, false);
    return provi_redact(env, PROVI_LIT(""), rule, &offer->shown, err);
}

static prov_status accept(struct provi_rule_job *job, prov_str file, struct prov_error *err)
{
    struct activation *activation = (struct activation *)job;
    struct provi_activation_answer answer;
    bool is_code = job->request.cause != PROV_CAUSE_NONE;
    if (file.len == 0 && !is_code) {
        set_state(activation, PROV_CUSTOMIZATION_UNAVAILABLE, PROV_CONTACT_NONE);
        return note_offer(activation, PROVI_LIT(""), err);
    }
    prov_status status = provi_activation_read(&answer, env_of(activation), file, err);
    if (status == PROV_OK)
        status = note_offer(activation, provi_str_trim(provi_buffer_str(&answer.rules[0])), err);
    if (status == PROV_OK)
        status = use_answer(activation, &answer, err);
    provi_activation_answer_free(&answer, env_of(activation));
    return status;
}

static enum prov_code_outcome outcome_of(const struct activation *activation,
                                         const struct prov_result *result)
{
    if (result->outcome != PROV_OUTCOME_FAILED)
        return PROV_CODE_ACCEPTED;
    if (activation->is_unstored)
        return PROV_CODE_NOT_STORED;
    switch (result->code) {
    case 403: return PROV_CODE_WRONG_MODEL;
    case 404: return PROV_CODE_UNKNOWN;
    case 409: return PROV_CODE_USED;
    case 410: return PROV_CODE_EXPIRED;
    case 429: return PROV_CODE_TOO_MANY;
    default: return PROV_CODE_NO_SERVICE;
    }
}

static void ended(struct provi_rule_job *job, const struct prov_result *result)
{
    struct activation *activation = (struct activation *)job;
    provi_buffer_free(&activation->form, &env_of(activation)->alloc);
    if (job->request.cause != PROV_CAUSE_NONE) {
        end_code(activation, outcome_of(activation, result));
        return;
    }
    if (activation->kept.state == PROV_CUSTOMIZATION_UNAVAILABLE)
        provi_rule_job_plan(job, DAY_MS);
    save(activation);
    show(activation, false);
}

static void load(struct activation *activation)
{
    struct provi_reading reading;
    struct prov_error error = {0};
    if (!provi_load(&reading, env_of(activation), record_name, record_mark))
        return;
    struct kept *kept = &activation->kept;
    kept->state = (uint16_t)provi_reading_number(&reading, 1);
    kept->contact = (uint8_t)provi_reading_number(&reading, 1);
    kept->is_code_sent = provi_reading_number(&reading, 1);
    kept->rule_crc = (uint32_t)provi_reading_number(&reading, 4);
    if (reading.is_short || kept->state > PROV_CUSTOMIZATION_UNAVAILABLE ||
        kept->contact > PROV_CONTACT_HAND) {
        *kept = (struct kept){0};
        provi_fail(&error, PROV_E_CORRUPT, "the saved record is not one of this release");
        provi_load_warn(env_of(activation), record_name, &error);
    }
    provi_load_end(&reading, env_of(activation));
    activation->saved = *kept;
}

/* A code was under way when the device stopped: the person who entered it is waiting. */
static void boot(struct activation *activation)
{
    load(activation);
    bool was_sent = activation->kept.is_code_sent;
    if (was_sent) {
        activation->kept.is_code_sent = false;
        activation->shown.code = PROV_CODE_INTERRUPTED;
        if (is_fresh(activation))
            set_state(activation, PROV_CUSTOMIZATION_PENDING, PROV_CONTACT_NONE);
        provi_log_text(fetcher_of(activation), PROV_JOB_ACTIVATION, NULL, PROV_SEVERITY_WARNING,
                       PROVI_LIT("activation: the device restarted while a code was under way; the "
                                 "code may be used up"));
    }
    enum rule rule = read_rule(activation, &activation->seen_crc);
    if (rule == RULE_NONE && activation->kept.state == PROV_CUSTOMIZATION_CUSTOM_PENDING)
        begin_anew(activation); /* removed while the device was off */
    activation->seen_offers = fetcher_of(activation)->n_offers;
    save(activation);
    show(activation, was_sent);
}

/* A profile may replace the rule that brought it. */
static void end_of_resync(struct activation *activation)
{
    uint32_t crc;
    enum rule rule = read_rule(activation, &crc);
    if (rule == RULE_UNREADABLE)
        return;
    if (activation->kept.state == PROV_CUSTOMIZATION_CUSTOM_PENDING && rule == RULE_OTHER)
        activation->kept.rule_crc = crc;
    if (rule == RULE_GDS && !fetcher_of(activation)->is_code_wanted)
        rule = RULE_OTHER; /* its condition chose another alternative */
    observe(activation, rule, crc, true);
    save(activation);
    show(activation, false);
}

static void on_event(struct provi_job *job, enum provi_job_event event)
{
    struct activation *activation = of(job);
    if (event == PROVI_JOB_BOOT)
        boot(activation);
    else if (event == PROVI_JOB_RESYNC_STARTS)
        fetcher_of(activation)->is_code_wanted = false;
    else if (event == PROVI_JOB_RESYNC_ENDED)
        end_of_resync(activation);
    provi_rule_job_on_event(job, event);
}

/* A resync by the stored rules that succeeded, and not one by the rule of a request. */
static void on_result(struct provi_job *job, const struct provi_job *resync,
                      const struct prov_result *result)
{
    struct activation *activation = of(job);
    bool is_good = result->outcome == PROV_OUTCOME_APPLIED ||
                   result->outcome == PROV_OUTCOME_UNCHANGED ||
                   result->outcome == PROV_OUTCOME_ASSIGNED;
    if (resync->type->job != PROV_JOB_RESYNC || !is_good ||
        !provi_str_starts(result->rule, PROVI_LIT("Profile_Rule")))
        return;
    if (activation->kept.state == PROV_CUSTOMIZATION_CUSTOM_PENDING)
        activation->kept.state = PROV_CUSTOMIZATION_ACQUIRED;
    else if (is_fresh(activation) && provi_dhcp_is_domain(fetcher_of(activation)))
        set_state(activation, PROV_CUSTOMIZATION_ABORTED, PROV_CONTACT_SRV);
    save(activation);
    show(activation, false);
}

static void process(struct provi_job *job)
{
    struct activation *activation = of(job);
    watch(activation);
    provi_rule_job_process(job);
    if (env_of(activation)->is_doomed)
        return;
    request_resync(activation);
    save(activation);
    show(activation, false);
}

static int64_t timeout_ms(const struct provi_job *job)
{
    const struct activation *activation = (const struct activation *)job;
    const struct provi_fetcher *fetcher = fetcher_of(activation);
    bool has_offer = fetcher->n_offers != activation->seen_offers && !job->jobs->running;
    if (has_offer || may_request(activation) || find_resync(activation)->pending.cause)
        return 0;
    return provi_rule_job_timeout_ms(job);
}

static void status(struct provi_job *job, struct prov_job_status *out)
{
    provi_rule_job_status(job, out);
    if (out->state == PROV_STATE_IDLE && of(job)->shown.is_code_wanted) {
        out->state = PROV_STATE_WAITING;
        out->waits_for = PROV_WAIT_CODE;
    }
}

/* The code as it is sent, in place of the one that was entered. */
static prov_status request(struct provi_job *job, struct provi_pending *pending,
                           struct prov_error *err)
{
    const struct activation *activation = of(job);
    char code[PROVI_ACTIVATION_CODE_CAP];
    bool is_enabled;
    if (!activation->code_url.len)
        return provi_fail(err, PROV_E_UNSUPPORTED,
                          "PROV_VERB_ACTIVATE: expected prov_activation_host.code_url");
    prov_status status = provi_settings_enabled(env_of(activation), &is_enabled);
    if (status == PROV_OK && !is_enabled)
        status = provi_fail(err, PROV_E_POLICY, "Provision_Enable is No");
    if (status != PROV_OK)
        return status;
    const prov_str sent = {code, provi_activation_code(provi_secret_str(&pending->rule), code)};
    if (sent.len == 0)
        status = provi_fail(err, PROV_E_VALUE,
                            "Invalid activation code: expected 16 digits, or # and 3 to 16 digits");
    else if (provi_secret_set(&pending->rule, &env_of(activation)->alloc, sent) != PROV_OK)
        status = provi_fail_nomem(err);
    else
        status = provi_rule_job_request(job, pending, err);
    provi_wipe(code, sizeof code);
    return status;
}

static void free_urls(struct activation *activation, const struct prov_alloc *alloc)
{
    provi_secret_clear(&activation->code_url, alloc);
    provi_secret_clear(&activation->contact_url, alloc);
}

static void free_job(struct provi_job *job)
{
    struct activation *activation = of(job);
    const struct prov_alloc *alloc = &env_of(activation)->alloc;
    provi_rule_job_clear(&activation->rule);
    provi_buffer_free(&activation->form, alloc);
    provi_buffer_free(&activation->by_service.shown, alloc);
    provi_buffer_free(&activation->by_code.shown, alloc);
    free_urls(activation, alloc);
    provi_free(alloc, activation, sizeof *activation);
}

static const struct provi_messages messages = {.failure = "Activation failed: $ERR"};

static const struct provi_rule_job_type activation_job = {
    .row =
        {
            .name = NAME,
            .job = PROV_JOB_ACTIVATION,
            .place = PROVI_PLACE_ACTIVATION,
            .delays_reboot = true,
            .runs_to_end = true, /* a code may be used up by then */
            .verb = PROV_VERB_ACTIVATE,
            .request = request,
            .on_event = on_event,
            .on_result = on_result,
            .process = process,
            .timeout_ms = timeout_ms,
            .status = status,
            .is_busy = provi_rule_job_is_busy,
            .cancel = provi_rule_job_cancel,
            .free = free_job,
        },
    .rule_name = NAME,
    .request_name = NAME,
    .messages = &messages,
    .max_bytes = MAX_ANSWER_BYTES,
    .may_be_empty = true,
    .decide = decide,
    .fill_extra = fill_extra,
    .accept = accept,
    .ended = ended,
};

static prov_status check_url(prov_str url, const char *name, struct prov_error *err)
{
    struct provi_url parts;
    struct provi_url_fault fault;
    if (!provi_str_is_sound(url) ||
        (url.len && (!provi_url_split(url, true, &parts, &fault) || parts.host.len == 0 ||
                     !provi_str_is(parts.scheme, "https"))))
        return provi_fail(err, PROV_E_INVALID, "host.%s: expected https://HOST/PATH", name);
    return PROV_OK;
}

static prov_status copy_urls(struct activation *activation, const struct prov_alloc *alloc,
                             const struct prov_activation_host *host, struct prov_error *err)
{
    if (provi_secret_set(&activation->code_url, alloc, host->code_url) == PROV_OK &&
        provi_secret_set(&activation->contact_url, alloc, host->contact_url) == PROV_OK)
        return PROV_OK;
    free_urls(activation, alloc);
    return provi_fail_nomem(err);
}

prov_status prov_agent_enable_activation(prov_agent *agent, const struct prov_activation_host *host,
                                         struct prov_error *err)
{
    struct prov_activation_host copy;
    if (!agent)
        return provi_fail_invalid(err, "agent");
    prov_status status = provi_abi_in(&copy, sizeof copy, host, err);
    if (status == PROV_OK)
        status = check_url(copy.code_url, "code_url", err);
    if (status == PROV_OK)
        status = check_url(copy.contact_url, "contact_url", err);
    struct provi_jobs *jobs = provi_agent_jobs(agent);
    struct provi_job *job = NULL;
    if (status == PROV_OK)
        status = provi_jobs_new(jobs, &activation_job.row, sizeof(struct activation), &job, err);
    if (status != PROV_OK)
        return status;
    const struct prov_alloc *alloc = &jobs->fetcher->env->alloc;
    struct activation *activation = of(job);
    status = copy_urls(activation, alloc, &copy, err);
    if (status != PROV_OK) {
        provi_free(alloc, activation, sizeof *activation);
        return status;
    }
    provi_buffer_init(&activation->form, MAX_FORM_BYTES, true);
    activation->shown.size = sizeof activation->shown;
    jobs->fetcher->has_activation = true;
    provi_jobs_insert(jobs, job, &activation_job.row);
    return PROV_OK;
}

prov_status prov_agent_activation_get(prov_agent *agent, struct prov_activation *out)
{
    if (!agent || !out)
        return PROV_E_INVALID;
    struct provi_job *job = provi_jobs_find(provi_agent_jobs(agent), &activation_job.row);
    return job ? provi_abi_out(out, &of(job)->shown, sizeof of(job)->shown) : PROV_E_UNSUPPORTED;
}

static bool find_offer(const struct activation *activation, uint32_t contact,
                       struct prov_contact_offer *out)
{
    const struct provi_dhcp *dhcp = provi_dhcp_latest(fetcher_of(activation));
    const struct offer *offer =
        contact == PROV_CONTACT_CODE ? &activation->by_code : &activation->by_service;
    *out = (struct prov_contact_offer){
        .size = sizeof *out,
        .contact = contact,
        .is_used = contact == activation->kept.contact,
        .at_ms = provi_env_host_moment(env_of(activation), offer->at_ms),
        .text = provi_buffer_str(&offer->shown),
    };
    if (contact == PROV_CONTACT_SERVICE || contact == PROV_CONTACT_CODE)
        return offer->is_given;
    if (!dhcp || contact != (provi_dhcp_has_domain(dhcp) ? PROV_CONTACT_SRV : PROV_CONTACT_DHCP))
        return false;
    out->at_ms = provi_env_host_moment(env_of(activation), dhcp->at_ms);
    out->text = provi_buffer_str(&dhcp->shown);
    return true;
}

prov_status prov_agent_contact_get(prov_agent *agent, uint32_t contact,
                                   struct prov_contact_offer *out)
{
    struct prov_contact_offer found;
    if (!agent || !out)
        return PROV_E_INVALID;
    struct provi_job *job = provi_jobs_find(provi_agent_jobs(agent), &activation_job.row);
    if (!job)
        return PROV_E_UNSUPPORTED;
    if (!find_offer(of(job), contact, &found))
        return PROV_E_NOT_FOUND;
    return provi_abi_out(out, &found, sizeof found);
}
