/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * The front door: converts requests that people and servers send to a device as text into actions,
 * and checks them. Usable alone, with any HTTP server and any SIP stack.
 *
 * No sockets, no clock, no source of randomness, and no memory but the caller's. docs/front-door.md
 * describes the doors, their gates, and a host that uses these functions. Source: MPP
 * Administration Guide 11.3, "Provisioning", "Phone Access and Webpage"; the resync commands of the
 * SPA guides.
 */
#ifndef PROVISION_ACTION_H
#define PROVISION_ACTION_H

#include <provision/base.h>
#include <provision/macro.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Where an action comes from. Numbers are never reused. */
enum prov_door {
    PROV_DOOR_URL = 1,    /**< HTTP, `/admin/…` */
    PROV_DOOR_XML = 2,    /**< HTTP, Cisco XML by POST `/CGI/Execute` */
    PROV_DOOR_NOTIFY = 3, /**< SIP NOTIFY, also with Cisco XML */
};

/** Kind of an action. Numbers are never reused. */
enum prov_action_kind {
    PROV_ACTION_NONE = 0,          /**< valid, but there is nothing to do */
    PROV_ACTION_RESYNC = 1,        /**< by `rule`; empty: Profile_Rule and B, C, D */
    PROV_ACTION_UPGRADE = 2,       /**< by `rule`; empty: Upgrade_Rule */
    PROV_ACTION_UPDATE_CA = 3,     /**< by `rule`; empty: Custom_CA_Rule */
    PROV_ACTION_REPORT = 4,        /**< by Report_Rule */
    PROV_ACTION_REBOOT = 5,        /**< when the device is idle */
    PROV_ACTION_COLD_RESTART = 6,  /**< a reboot at once; the host does it */
    PROV_ACTION_WARM_RESTART = 7,  /**< a restart of the phone's application; the host does it */
    PROV_ACTION_FACTORY_RESET = 8, /**< the host's */
    PROV_ACTION_PROFILE = 9,       /**< apply the profile in the body: prov_agent_apply() */
    PROV_ACTION_CFG_XML = 10,      /**< answer with prov_agent_write_config() */
    PROV_ACTION_STATUS_XML = 11,   /**< answer with prov_agent_write_status() */
    PROV_ACTION_FILE = 12,         /**< answer with the file that `text` names; the host has it */
    PROV_ACTION_URI = 13,          /**< the URI in `text`, e.g. `Key:Headset`; for the host */
    PROV_ACTION_DOCUMENT = 14, /**< the body is Cisco XML: prov_action_from_xml() has its items */
};

/** Bits of `prov_action.flags`. */
enum {
    PROV_ACTION_IGNORED_PARAMETER = 1 << 0, /**< a parameter of an action that takes none */
    PROV_ACTION_FROM_XML = 1 << 1,          /**< an item of a Cisco XML document */
    PROV_ACTION_HAS_LOGIN = 1 << 2,         /**< `uid` and `pwd` were in the URL */
};

/** One action. Its texts are borrowed from the buffer and the texts it was read from, or static. */
struct prov_action {
    size_t size;
    uint32_t door;      /**< enum prov_door */
    uint32_t kind;      /**< enum prov_action_kind */
    uint32_t priority;  /**< of an item of Cisco XML: 0 and 1 wait for idle lines, 2 is refused
                             unless they are idle; else 0 */
    uint32_t flags;     /**< PROV_ACTION_… */
    prov_str rule;      /**< rule for this request only, decoded; may contain secrets; empty: the
                             stored one */
    prov_str requester; /**< as passed in; used as the server of a `rule` that has none */
    prov_str uid;       /**< login at the device itself, decoded */
    prov_str pwd;       /**< likewise; secret */
    prov_str text;      /**< name of the action, file, URI or SIP event; the whole URI of an item of
                             Cisco XML, which may hold secrets as `rule` does */
};

/**
 * Read a request to the URLs `/admin/…` of a phone.
 *
 * The query is a rule or URL, percent-decoded once and not divided at `&`. A login
 * `&xuser=NAME&xpassword=WORD` at the end of the target, after the path or the query, is removed
 * from it; if there are several, the last one counts.
 *
 * @param         method     `GET`, or `POST` for `config.xml`. Borrowed for the call.
 * @param         target     The request target as received, not decoded. Borrowed as long as @p out
 *                           is used.
 * @param         requester  Numeric address of the client; may be empty. Borrowed likewise.
 * @param[out]    buf        Receives decoded texts; they may be secret. May be NULL when @p cap is
 *                           0.
 * @param         cap        Bytes at @p buf; `target.len` are always enough.
 * @param[in,out] out        `size` set by the caller. Not NULL.
 * @param[out]    err        `offset` is that of the fault in @p target. May be NULL.
 * @return PROV_OK: pass it to prov_action_check(); PROV_E_NOT_FOUND: not one of these URLs, answer
 *         404 or with a page of the host; PROV_E_UNSUPPORTED: expected another method (405);
 *         PROV_E_SYNTAX: a `%` without two hexadecimal digits, `%00` or a control character (400);
 *         PROV_E_LIMIT: @p cap is too small (413); PROV_E_ABI; PROV_E_INVALID. Unless it is
 *         PROV_OK, @p out is as before; prov_action_refuse() has the answer for each.
 * @since 0.1. Allocates nothing; safe from any callback and any thread.
 */
PROV_API prov_status prov_action_from_url(prov_str method, prov_str target, prov_str requester,
                                          char *buf, size_t cap, struct prov_action *out,
                                          struct prov_error *err);

enum {
    PROV_ACTION_MAX_ITEMS = 3,            /**< of a Cisco XML document */
    PROV_ACTION_MAX_DOCUMENT = 64 * 1024, /**< bytes of one, as received */
};

/**
 * Read a Cisco XML document, `CiscoIPPhoneExecute` or `CP-…-3PCCExecute` of any model. The value of
 * `URL` may be quoted, with escapes as in XML, or unquoted up to `/>`:
 * `<ExecuteItem URL=Resync:[--key k] tftp://h/f/>`.
 *
 * An item with `Resync:` becomes PROV_ACTION_RESYNC, every other one PROV_ACTION_URI. DTDs,
 * entities and nested elements are refused.
 *
 * @param         door       PROV_DOOR_XML: the body of POST `/CGI/Execute`, a document or a form
 *                           with the field `XML`; PROV_DOOR_NOTIFY: the body of a NOTIFY.
 * @param         body       Borrowed for the call.
 * @param         requester  Numeric address of the client; may be empty. Borrowed as long as the
 *                           items are used.
 * @param[out]    buf        Receives the decoded texts; they may be secret. May be NULL when @p cap
 *                           is 0.
 * @param         cap        Bytes at @p buf; `body.len` are always enough.
 * @param[in,out] items      PROV_ACTION_MAX_ITEMS structs; `size` set by the caller in the first.
 *                           Not NULL.
 * @param[out]    n          Number of items, from 1 on. Not NULL.
 * @param[out]    err        `line`, `column` and `offset` of the fault in the document, or in the
 *                           form. May be NULL.
 * @return PROV_OK: pass each item to prov_action_check(); PROV_E_CORRUPT: not such a document;
 *         PROV_E_SYNTAX: a bad escape in a form; PROV_E_VALUE: no item, or more than
 *         PROV_ACTION_MAX_ITEMS; PROV_E_LIMIT: larger than PROV_ACTION_MAX_DOCUMENT or @p cap;
 *         PROV_E_ABI; PROV_E_INVALID. Unless it is PROV_OK, @p items and @p n are as before;
 *         prov_action_refuse() has the answer for each.
 * @since 0.1. Allocates nothing; safe from any callback and any thread.
 */
PROV_API prov_status prov_action_from_xml(uint32_t door, prov_str body, prov_str requester,
                                          char *buf, size_t cap, struct prov_action *items,
                                          size_t *n, struct prov_error *err);

/**
 * The result of a check of credentials. Numbers are never reused; those that enum
 * prov_digest_result has too are the same.
 */
enum prov_login {
    PROV_LOGIN_NONE = 0,   /**< not checked yet: check `uid` and `pwd`, or those in the URL */
    PROV_LOGIN_GOOD = 1,   /**< they are those of `prov_verdict.account` */
    PROV_LOGIN_ABSENT = 2, /**< the client sent none */
    PROV_LOGIN_WRONG = 3,  /**< they do not match */
    PROV_LOGIN_STALE = 4,  /**< they match, but the nonce was used or is too old */
    PROV_LOGIN_USER = 5,   /**< they are those of the phone's user, but an administrator's are
                                needed */
};

/** The client of an action, and the state of the device, which only the caller has. */
struct prov_action_client {
    size_t size;
    uint32_t login;  /**< enum prov_login: of a check by the caller, e.g.
                                prov_digest_check(); a login in the URL precedes it */
    uint32_t line;   /**< NOTIFY: line of the user in the request URI; 0: there is none */
    prov_str uid;    /**< plain credentials, e.g. of HTTP Basic; those in the URL, if there are
                                any, precede them */
    prov_str pwd;    /**< likewise; secret */
    uint8_t is_busy; /**< 1: a call is active */
    uint8_t is_from_proxy; /**< NOTIFY: 1: its address is one of the proxies of the line */
    uint8_t is_stream;     /**< NOTIFY: 1: received by TCP or TLS */
    uint8_t reserved[5];   /**< 0 */
};

/** The decision about an action. Numbers are never reused. */
enum prov_decision {
    PROV_DECISION_OBEY = 1,      /**< carry it out, e.g. with prov_agent_request() */
    PROV_DECISION_REFUSE = 2,    /**< answer with the status, do nothing */
    PROV_DECISION_CHALLENGE = 3, /**< answer with the status and a challenge for `account`; with
                                      credentials for it, check them, then the action again */
    PROV_DECISION_DROP = 4,      /**< do nothing, send no answer */
    PROV_DECISION_ASK_HOST = 5,  /**< all gates are open; the host carries the action out, or
                                      answers that it cannot */
};

/** Whose credentials a challenge asks for. Numbers are never reused. */
enum prov_account {
    PROV_ACCOUNT_NONE = 0,
    PROV_ACCOUNT_ADMIN = 1, /**< `admin`, Admin_Password; HTTP Basic or Digest */
    PROV_ACCOUNT_USER = 2,  /**< `user`, User_Password; HTTP Digest */
    PROV_ACCOUNT_XML = 3,   /**< XML_User_Name, XML_Password; HTTP Digest */
    PROV_ACCOUNT_LINE = 4,  /**< User_ID_n_ or Auth_ID_n_, Password_n_; SIP Digest */
};

/** The result of a check: the decision about an action, and the answer to it. */
struct prov_verdict {
    size_t size;
    uint32_t decision;    /**< enum prov_decision */
    uint32_t account;     /**< enum prov_account, with CHALLENGE */
    uint32_t http_status; /**< e.g. 403; 0 for NOTIFY */
    uint32_t sip_status;  /**< e.g. 489; 0 for the others */
    uint32_t cisco_error; /**< number for prov_action_answer_error(); 0: none */
    uint32_t item_status; /**< `Status` of an item of Cisco XML: 0 accepted, 1 not. 1 with ASK_HOST,
                               until the host has carried it out */
    uint8_t is_login_failed; /**< 1: the credentials are wrong: delay the next attempts of this
                                  client */
    uint8_t is_stale;        /**< 1, with CHALLENGE: send `stale=true` */
    /**
     * 1: no login was asked for, because Admin_Password is empty, or User_Password with the Local
     * Credential of Cisco XML. Refuse such actions from other machines, except in a laboratory.
     */
    uint8_t is_unprotected;
    uint8_t reserved[5]; /**< 0 */
    const char *reason;  /**< for answer and log: one static phrase, e.g.
                                  `Provision_Enable is No`. Not NULL */
};

/**
 * Check an action against the settings of the device and the rights of its client.
 *
 * The gates, in this order, each for the doors and actions it applies to: Enable_Web_Server,
 * Enable_Direct_Action_Url, Enable_Web_Admin_Access, CISCO_XML_EXE_Enable, Block_Nonproxy_SIP; the
 * login by Admin_Password, CISCO_XML_EXE_Auth_Mode or Auth_Resync-Reboot_n_; Provision_Enable,
 * Upgrade_Enable, Resync_From_SIP; Restricted_Access_Domains for a rule that is a plain URL; the
 * priority of an item of Cisco XML. Servers of all rules, and of redirects, are checked when a file
 * is fetched.
 *
 * Check each item of a Cisco XML document, or one PROV_ACTION_DOCUMENT before the body is read.
 *
 * @param         action  Borrowed for the call. Not NULL.
 * @param         client  Borrowed for the call. NULL: one without credentials, while the device is
 *                        idle.
 * @param         params  Source of the settings; those that it does not have are at their defaults.
 *                        NULL: all are.
 * @param[in,out] out     `size` set by the caller; `reason` is static. Not NULL.
 * @param[out]    err     With PROV_DECISION_REFUSE, when a setting cannot be read: its name. May be
 *                        NULL.
 * @return PROV_OK, also for a refusal; PROV_E_ABI; PROV_E_INVALID.
 * @since 0.1. Allocates nothing; safe from any callback and any thread. Passwords are compared in a
 *        time that does not depend on their contents.
 */
PROV_API prov_status prov_action_check(const struct prov_action *action,
                                       const struct prov_action_client *client,
                                       const struct prov_param_source *params,
                                       struct prov_verdict *out, struct prov_error *err);

/**
 * Return the answer to a request that could not be read.
 *
 * @param         door    enum prov_door.
 * @param         status  That of prov_action_from_url(), prov_action_from_xml() or another function
 *                        of this header; not PROV_OK.
 * @param[in,out] out     `size` set by the caller. Its decision is REFUSE. Not NULL.
 * @return PROV_OK; PROV_E_ABI; PROV_E_INVALID.
 * @since 0.1. Safe from any callback and any thread.
 */
PROV_API prov_status prov_action_refuse(uint32_t door, prov_status status,
                                        struct prov_verdict *out);

/**
 * Return name and password that a challenge expects, to check a Digest. The name of a line is
 * Auth_ID_n_ if Use_Auth_ID_n_ is Yes, else User_ID_n_.
 *
 * @param      account  enum prov_account.
 * @param      line     For PROV_ACCOUNT_LINE, from 1 on.
 * @param      params   As for prov_action_check().
 * @param[out] buf      Receives both texts; wipe it after use. Not NULL.
 * @param      cap      Bytes at @p buf.
 * @param[out] uid      Points into @p buf, or static. Not NULL.
 * @param[out] pwd      Points into @p buf. Empty: no password is set, and nothing matches it. Not
 *                      NULL.
 * @return PROV_OK; PROV_E_LIMIT: they do not fit; any status of @p params, PROV_E_HOST for a
 *         number of its own; PROV_E_INVALID. @p err names the parameter.
 * @since 0.1. Allocates nothing; safe from any callback and any thread.
 */
PROV_API prov_status prov_action_account(uint32_t account, uint32_t line,
                                         const struct prov_param_source *params, char *buf,
                                         size_t cap, prov_str *uid, prov_str *pwd,
                                         struct prov_error *err);

/**
 * Write the answer to a Cisco XML document: `CiscoIPPhoneResponse` with a `ResponseItem` for each
 * item, with its URL, in `Data` the reason of its verdict, and `Status`. Keys and passwords in the
 * URL are masked.
 *
 * @param      items     As prov_action_from_xml() filled them in. Not NULL.
 * @param      verdicts  One for each item; `size` set in the first. Not NULL.
 * @param      n         1 to PROV_ACTION_MAX_ITEMS.
 * @param[out] buf       Receives the document and a NUL. May be NULL when @p cap is 0.
 * @param      cap       Bytes at @p buf.
 * @param[out] len       Bytes of the document, without NUL; set also on PROV_E_LIMIT. Not NULL.
 * @return PROV_OK; PROV_E_LIMIT if @p cap is too small; PROV_E_ABI; PROV_E_INVALID.
 * @since 0.1. Allocates nothing; safe from any callback and any thread.
 */
PROV_API prov_status prov_action_answer_items(const struct prov_action *items,
                                              const struct prov_verdict *verdicts, size_t n,
                                              char *buf, size_t cap, size_t *len,
                                              struct prov_error *err);

/**
 * Write `<CiscoIPPhoneError Number="…">`, the answer to a document that was refused.
 *
 * @param      number  `prov_verdict.cisco_error`: 1 not such a document, 2 number of items, 3 error
 *                     of the device, 4 credentials.
 * @param      reason  Its text, e.g. that of prov_error_format(); may be empty. Borrowed for the
 *                     call.
 * @param[out] buf     Receives the document and a NUL. May be NULL when @p cap is 0.
 * @param      cap     Bytes at @p buf.
 * @param[out] len     Bytes of the document, without NUL; set also on PROV_E_LIMIT. Not NULL.
 * @return PROV_OK; PROV_E_LIMIT if @p cap is too small; PROV_E_INVALID.
 * @since 0.1. Allocates nothing; safe from any callback and any thread.
 */
PROV_API prov_status prov_action_answer_error(uint32_t number, prov_str reason, char *buf,
                                              size_t cap, size_t *len);

/* SIP */

/**
 * Read a SIP NOTIFY.
 *
 * Supported events are `resync`; `check-sync`, with `;reboot=true` as a reboot; `report`; `reboot`
 * and `reboot=true`; `reboot_now` (cold restart); `restart_now` (warm restart); `factory-reset`;
 * `XML-Service`, whose body is Cisco XML; and `service-control` by the line `action=restart`
 * (resync) or `action=reset` (reboot) of its body. Names of events are case-sensitive (RFC 6665).
 * Other parameters, and the type of the content, are ignored. docs/front-door.md lists the servers
 * that send these.
 *
 * @param         event      Value of the header field `Event` or `o`, with its parameters.
 *                           NULL `data`: absent. Borrowed as long as @p out is used.
 * @param         body       May be empty. Borrowed for the call.
 * @param         requester  Numeric address of the sender; may be empty. Borrowed as @p event.
 * @param[in,out] out        `size` set by the caller. Its `text` is the event's name. Not NULL.
 * @return PROV_OK: pass it to prov_action_check() and, if a PROV_ACTION_DOCUMENT is accepted, the
 *         body to prov_action_from_xml(); PROV_E_NOT_FOUND: no event; PROV_E_UNSUPPORTED: another
 *         event, the host's own or answered with 489 and prov_action_allow_events(); PROV_E_SYNTAX:
 *         its parameters are malformed; PROV_E_LIMIT: a body of more than 64 KiB; PROV_E_ABI;
 *         PROV_E_INVALID. Unless it is PROV_OK, @p out is as before; prov_action_refuse() has the
 *         answer for each.
 * @since 0.1. Allocates nothing; safe from any callback and any thread.
 */
PROV_API prov_status prov_action_from_notify(prov_str event, prov_str body, prov_str requester,
                                             struct prov_action *out, struct prov_error *err);

/**
 * Return the value of the header field `Allow-Events` that goes with a 489.
 *
 * @return NUL-terminated, static.
 * @since 0.1. Safe from any callback and any thread.
 */
PROV_API const char *prov_action_allow_events(void);

/**
 * Find the line that a SIP request is for: the one whose `User_ID_n_` is the user of the request
 * URI, escapes resolved, in the same case.
 *
 * @param      uri      The request URI, `sip:` or `sips:`. Borrowed for the call.
 * @param      after    0; or the line found before, to find the next one with the same user.
 * @param      n_lines  Lines of the device, up to 999. All are read.
 * @param      params   As for prov_action_check().
 * @param[out] line     From 1 on; 0 unless it is PROV_OK. Not NULL.
 * @return PROV_OK; PROV_E_NOT_FOUND: no line has this user, or the URI has none: leave
 *         `prov_action_client.line` 0, and prov_action_check() returns 404; any status of
 *         @p params; PROV_E_INVALID.
 * @since 0.1. Allocates nothing; safe from any callback and any thread.
 */
PROV_API prov_status prov_action_find_line(prov_str uri, uint32_t after, uint32_t n_lines,
                                           const struct prov_param_source *params, uint32_t *line,
                                           struct prov_error *err);

/**
 * Return the realm of a line's challenges: its domain, the host in `Proxy_n_`, or `phone` if there
 * is none. prov_action_account() has the name and the password.
 *
 * @param      line    From 1 to 999.
 * @param      params  As for prov_action_check().
 * @param[out] buf     Receives the text. Not NULL.
 * @param      cap     Bytes at @p buf; 512 are enough.
 * @param[out] realm   Points into @p buf, or static. Not NULL.
 * @return PROV_OK; PROV_E_LIMIT: it does not fit; any status of @p params, PROV_E_HOST for a number
 *         of its own; PROV_E_INVALID. @p err names the parameter.
 * @since 0.1. Allocates nothing; safe from any callback and any thread.
 */
PROV_API prov_status prov_action_realm(uint32_t line, const struct prov_param_source *params,
                                       char *buf, size_t cap, prov_str *realm,
                                       struct prov_error *err);

/* HTTP */

/**
 * A browser's header fields about the page that sent a request. Texts are borrowed for the call.
 */
struct prov_action_origin {
    size_t size;
    /* Values of header fields: NULL `data` for an absent one, several of one name joined by `,`. */
    prov_str host;         /**< `Host` */
    prov_str origin;       /**< `Origin` */
    prov_str referer;      /**< `Referer` */
    prov_str fetch_site;   /**< `Sec-Fetch-Site` */
    const prov_str *names; /**< addresses and names of the device, IPv6 with or without brackets */
    size_t n_names;        /**< 0: none */
};

/**
 * Check that no foreign web page sent a request. Call it before prov_action_from_url() and every
 * answer that needs a login. A page of another host can make a browser send requests to the device,
 * with the login that the browser has saved; if the page's DNS record is changed to the device's
 * address (DNS rebinding), they look like requests of the device's own pages.
 *
 * A request is accepted if its `Host` is one of the device's names, its `Origin` and `Referer` have
 * one of them too, with the same port, and its `Sec-Fetch-Site` is `same-origin` or `none`. Absent
 * fields are not checked, so programs such as curl, and typed addresses, work. Hosts are compared
 * without regard to case and a final dot; IPv6 addresses by value.
 *
 * @param      origin  Borrowed for the call. Not NULL.
 * @param[out] err     The field at fault and the reason. May be NULL.
 * @return PROV_OK; PROV_E_POLICY: answer 403, do nothing; PROV_E_ABI; PROV_E_INVALID.
 * @since 0.1. Allocates nothing; safe from any callback and any thread.
 */
PROV_API prov_status prov_action_check_origin(const struct prov_action_origin *origin,
                                              struct prov_error *err);

#ifdef __cplusplus
}
#endif

#endif
