/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * Every parameter of the library, grouped as on the phones' web pages. Sources: MPP
 * Administration Guide 11.3 (7832, 8832) and MPP XML Reference Guide; SPA100/200 Provisioning
 * Guide and SPA300/500 Administration Guide for the older names; exported configurations for names
 * that no guide has. The guides do not say which parameters need a reboot: those that a network
 * stack reads when it starts are marked.
 *
 * table.c and meaning.c include this list, each with its own definition of
 *
 *     PARAM(type, name, default, flags, meaning)
 *     PARAM_OF(type, name, default, flags, meaning, other members of the entry)
 *     SYNONYM(name, main name)
 *
 * After a change: `catalogue index --write` and `catalogue docs --write`, the program of
 * tests/structure/catalogue.c; a test fails otherwise.
 */
/* clang-format off */

/* Configuration profile */
PARAM(BOOL, "Provision_Enable", "Yes", NONE, "No: every resync is refused, also a requested one")
PARAM(BOOL, "Resync_On_Reset", "Yes", NONE, "resync after power-up")
PARAM_OF(UNSIGNED, "Resync_Random_Delay", "2", NONE,
         "longest random delay of the first resync after power-up, in units of 20 s", .max = 65535)
PARAM(HHMM, "Resync_At__HHmm_", NULL, NONE,
      "local time of a daily resync; a valid time turns Resync_Periodic off")
PARAM_OF(UNSIGNED, "Resync_At_Random_Delay", "600", OR_EMPTY,
         "window of the daily resync in seconds; below 600 counts as 600", .max = 65535)
PARAM(DELAYS, "Resync_Periodic", "3600", NONE,
      "seconds from one successful resync to the next; 0 or empty: off")
PARAM(DELAYS, "Resync_Error_Retry_Delay",
      "60,120,240,480,960,1920,3840,7680,15360,30720,61440,86400", NONE,
      "seconds from a failed resync or report to the next attempt; 0: none")
PARAM_OF(UNSIGNED, "Forced_Resync_Delay", "14400", NONE,
         "seconds all lines are idle, or a resync has waited, before it starts", .max = 65535)
PARAM(BOOL, "Resync_From_SIP", "Yes", NONE, "accept a NOTIFY that requests a resync")
PARAM(BOOL, "Resync_After_Upgrade_Attempt", "Yes", NONE, "resync after any attempt at an upgrade")
PARAM(TRIGGER, "Resync_Trigger_1", NULL, NONE,
      "condition; if any trigger is set, one has to be true for an automatic resync")
PARAM(TRIGGER, "Resync_Trigger_2", NULL, NONE, "second such condition")
PARAM(BOOL, "User_Configurable_Resync", "Yes", NONE,
      "the phone's menu offers a resync with the user's rule")
PARAM(BOOL, "Resync_Fails_On_FNF", "Yes", NONE,
      "a file the server does not have is a failure; No: the rule counts as done")
PARAM_OF(ENUM, "Profile_Authentication_Type", "Basic Http Authentication", NONE,
         "which credentials the profile account uses",
         .choices = "Disabled|Basic Http Authentication|XSI Authentication")
PARAM(RULE, "Profile_Rule", "/$PSN.xml", NONE, "rule of the first profile")
PARAM(RULE, "Profile_Rule_B", NULL, NONE, "rule of the second profile")
PARAM(RULE, "Profile_Rule_C", NULL, NONE, "rule of the third profile")
PARAM(RULE, "Profile_Rule_D", NULL, NONE, "rule of the fourth profile")
PARAM_OF(CODES, "DHCP_Option_To_Use", "66,160,159,150,60,43,125", NONE,
         "DHCP options that may name the server, in order", .min = 1, .max = 254)
PARAM_OF(CODES, "DHCPv6_Option_To_Use", "17,160,159", NONE, "the same for DHCPv6", .min = 1,
         .max = 65535)
PARAM(TEXT, "Log_Request_Msg", "$PN $MAC Requesting resync $SCHEME://$SERVIP:$PORT$PATH", NONE,
      "logged when a request starts; empty: nothing")
PARAM(TEXT, "Log_Success_Msg", "$PN $MAC Successful resync $SCHEME://$SERVIP:$PORT$PATH", NONE,
      "logged when a resync succeeds; empty: nothing")
PARAM(TEXT, "Log_Failure_Msg", "$PN $MAC Resync failed: $ERR", NONE,
      "logged when a resync fails; empty: nothing")
SYNONYM("Log_Resync_Request_Msg", "Log_Request_Msg")
SYNONYM("Log_Resync_Success_Msg", "Log_Success_Msg")
SYNONYM("Log_Resync_Failure_Msg", "Log_Failure_Msg")
PARAM_OF(ENUM, "Transport_Protocol", "none", NONE, "SPA525G2 only; not used",
         .choices = "none|tftp|http|https")
PARAM(BOOL, "HTTPS_Name_Validate", "Yes", NONE,
      "not used: the server's name is always checked")
PARAM(TEXT, "IKM_HTTP_Encrypt_Content", NULL, SECRET, "keying material of RFC 8188")

/* Upload of the configuration */
PARAM(REPORT, "Report_Rule", NULL, NONE, "up to two targets of reports, separated by blanks")
PARAM_OF(ENUM, "HTTP_Report_Method", "POST", NONE, "method of a report by HTTP",
         .choices = "POST|PUT")
PARAM_OF(ENUM, "Report_To_Server", "On Request", NONE, "when to report without a request",
         .choices = "On Request|On Local Change|Periodically")
SYNONYM("Report_to_Server", "Report_To_Server")
PARAM_OF(UNSIGNED, "Periodic_Upload_To_Server", "3600", NONE,
         "seconds from a periodic report to the next", .min = 600, .max = 2592000)
SYNONYM("periodic_upload_to_server", "Periodic_Upload_To_Server")
PARAM_OF(UNSIGNED, "Upload_Delay_On_Local_Change", "60", NONE,
         "seconds from a local change to its report", .min = 10, .max = 900)

/* Firmware upgrade */
PARAM(BOOL, "Upgrade_Enable", "Yes", NONE, "No: every upgrade is refused")
PARAM(DELAYS, "Upgrade_Error_Retry_Delay", "3600", NONE,
      "seconds from a failed upgrade to the next attempt; 0: none")
PARAM(UPGRADE, "Upgrade_Rule", NULL, NONE, "rule of the firmware; must name the server")
PARAM(UPGRADE, "Cisco_Headset_Upgrade_Rule", NULL, NONE, "host: rule of headset firmware")
PARAM(TEXT, "Downgrade_Rev_Limit", NULL, NONE, "lowest firmware version accepted; empty: any")
PARAM(TEXT, "Log_Upgrade_Request_Msg",
      "$PN $MAC -- Requesting upgrade $SCHEME://$SERVIP:$PORT$PATH", NONE,
      "logged when an upgrade starts; empty: nothing")
PARAM(TEXT, "Log_Upgrade_Success_Msg",
      "$PN $MAC -- Successful upgrade $SCHEME://$SERVIP:$PORT$PATH -- $ERR", NONE,
      "logged when an upgrade succeeds; empty: nothing")
PARAM(TEXT, "Log_Upgrade_Failure_Msg", "$PN $MAC -- Upgrade failed: $ERR", NONE,
      "logged when an upgrade fails; empty: nothing")
PARAM(BOOL, "Peer_Firmware_Sharing", "Yes", NONE, "host: fetch images from phones nearby")
PARAM(SERVER, "Peer_Firmware_Sharing_Log_Server", NULL, NONE,
      "host: address:port for its log messages")
PARAM(TEXT, "License_Keys", NULL, NONE, "SPA only; not used")
PARAM(RULE, "Trans_Auth_Rule", NULL, NONE, "rule of the licence for other firmware")
PARAM_OF(ENUM, "Trans_Auth_Type", "Classic", NONE, "kind of that licence", .choices = "Classic|WxC")
PARAM(DELAYS, "Transition_Authorization_Error_Retry_Delay", "1800", NONE,
      "seconds from a failed authorization to the next attempt; 0: none")
PARAM(TEXT, "Transition_Authorization_Status", NULL, READ_ONLY, "result of the last attempt")

/* Certificates, HTTP, problem reports */
PARAM(RULE, "Custom_CA_Rule", NULL, NONE, "rule of a file of trusted certificates")
SYNONYM("Custom_CA_RULE", "Custom_CA_Rule")
SYNONYM("Custom_CA_URL", "Custom_CA_Rule")
PARAM(TEXT, "Custom_CA_Option", NULL, NONE, "SPA500 only; not used")
PARAM(TEXT, "Custom_CA_Provisioning_Status", NULL, READ_ONLY, "result of the last attempt")
PARAM(TEXT, "Custom_CA_Info", "Not Installed", READ_ONLY, "subject of that certificate")
PARAM(BOOL, "MIC_Cert_Refresh_Enable", "No", NONE, "renew the device's certificate")
PARAM_OF(RULE, "MIC_Cert_Refresh_Rule", "http://sudirenewal.cisco.com/", NONE,
         "rule of the renewal service", .max = 1024)
PARAM(TEXT, "MIC_Cert_Provisioning_Status", NULL, READ_ONLY,
      "result of the last renewal")
PARAM(TEXT, "MIC_Cert_Info", NULL, READ_ONLY, "the issuer of that certificate")
PARAM(TEXT, "HTTP_User_Agent_Name", "$VERSION ($MA)", NONE, "User-Agent of HTTP requests")
PARAM(RULE, "PRT_Upload_Rule", NULL, NONE, "host: target of problem reports")
PARAM_OF(ENUM, "PRT_Upload_Method", "POST", NONE, "host: method of a problem report",
         .choices = "POST|PUT")
PARAM_OF(UNSIGNED, "PRT_Max_Timer", NULL, OR_EMPTY,
         "host: minutes between automatic problem reports", .min = 15, .max = 1440)
PARAM(TEXT, "PRT_Name", NULL, NONE, "host: file name of a problem report")
PARAM(TEXT, "PRT_HTTP_Header", NULL, NONE, "host: header sent with a problem report")
PARAM(TEXT, "PRT_HTTP_Header_Value", NULL, NONE, "host: value of that header")
PARAM(BOOL, "PRT_Upload_at_Crash", "No", NONE, "host: report a crash")

/* General purpose */
PARAM(TEXT, "GPP_A", NULL, NONE, "$A")
PARAM(TEXT, "GPP_B", NULL, NONE, "$B")
PARAM(TEXT, "GPP_C", NULL, NONE, "$C")
PARAM(TEXT, "GPP_D", NULL, NONE, "$D")
PARAM(TEXT, "GPP_E", NULL, NONE, "$E")
PARAM(TEXT, "GPP_F", NULL, NONE, "$F")
PARAM(TEXT, "GPP_G", NULL, NONE, "$G")
PARAM(TEXT, "GPP_H", NULL, NONE, "$H")
PARAM(TEXT, "GPP_I", NULL, NONE, "$I")
PARAM(TEXT, "GPP_J", NULL, NONE, "$J")
PARAM(TEXT, "GPP_K", NULL, NONE, "$K")
PARAM(TEXT, "GPP_L", NULL, NONE, "$L")
PARAM(TEXT, "GPP_M", NULL, NONE, "$M")
PARAM(TEXT, "GPP_N", NULL, NONE, "$N")
PARAM(TEXT, "GPP_O", NULL, NONE, "$O")
PARAM(TEXT, "GPP_P", NULL, NONE, "$P")
PARAM(TEXT, "GPP_SA", NULL, SECRET, "$SA, in options of a rule only")
PARAM(TEXT, "GPP_SB", NULL, SECRET, "$SB, in options of a rule only")
PARAM(TEXT, "GPP_SC", NULL, SECRET, "$SC, in options of a rule only")
PARAM(TEXT, "GPP_SD", NULL, SECRET, "$SD, in options of a rule only")

/* System */
PARAM(TEXT, "MAC_Address", NULL, READ_ONLY, "host: the device's own address")
PARAM(SERVER, "Syslog_Server", NULL, NONE, "host[:port] for log messages")
PARAM_OF(ENUM, "Syslog_Identifier", "None", NONE, "identifier of the device in them",
         .choices = "None|$MA|$MAU|$MAC|$SN")
PARAM(SERVER, "Debug_Server", NULL, NONE, "host[:port] of a copy of them")
PARAM(TEXT, "Debug_Level", "NOTICE", NONE, "host: which messages to send")
PARAM(HOSTS, "Restricted_Access_Domains", NULL, NONE,
      "comma list of the domains of servers that may be used; empty: all")
PARAM(BOOL, "Enable_Web_Server", "Yes", REBOOT, "the phone's web page; action URLs need it")
PARAM(BOOL, "Enable_Web_Admin_Access", "Yes", NONE, "the administrator may use page and URLs")
PARAM(BOOL, "Enable_Direct_Action_Url", "Yes", NONE, "accept action URLs, such as /admin/resync")
PARAM_OF(UNSIGNED, "Web_Server_Port", "80", REBOOT, "host: port of the web page", .min = 1,
         .max = 65535)
PARAM(TEXT, "Admin_Password", NULL, SECRET, "the administrator's, for web page and action URLs")
PARAM(TEXT, "User_Password", NULL, SECRET, "the user's, for the web page and Cisco XML")
PARAM(BOOL, "CISCO_XML_EXE_Enable", "No", NONE, "accept Cisco XML sent to /CGI/Execute")
PARAM_OF(ENUM, "CISCO_XML_EXE_Auth_Mode", "Local Credential", NONE,
         "login for that: none, user with User_Password if it is set, or XML_User_Name",
         .choices = "Trusted|Local Credential|Remote Credential")
PARAM(TEXT, "XML_User_Name", NULL, NONE, "user for Cisco XML with Remote Credential")
PARAM(TEXT, "XML_Password", NULL, SECRET, "password of that user")
PARAM(BOOL, "Block_Nonproxy_SIP", "No", NONE, "ignore SIP except from the line's proxies")
PARAM(HOST, "Primary_DNS", NULL, REBOOT, "host: address of a name server")
PARAM(HOST, "Secondary_DNS", NULL, REBOOT, "host: address of a second one")
PARAM_OF(ENUM, "Proxy_Mode", "Off", NONE, "use of an HTTP proxy; Auto is for the host",
         .choices = "Off|Auto|Manual")
PARAM(HOST, "Proxy_Host", NULL, NONE, "the proxy")
PARAM_OF(UNSIGNED, "Proxy_Port", NULL, OR_EMPTY, "its port, else 3128", .min = 1, .max = 65535)
PARAM(TEXT, "PAC_URL", NULL, NONE, "host: URL of the proxy's configuration")
PARAM(BOOL, "Use_Auto_Discovery__WPAD_", "Yes", NONE, "host: discover that URL")
PARAM(BOOL, "Proxy_Server_Requires_Authentication", "No", NONE, "the proxy requires credentials")
PARAM(TEXT, "Proxy_Username", NULL, NONE, "user at the proxy")
PARAM(TEXT, "Proxy_Password", NULL, SECRET, "password at the proxy")
PARAM(TEXT, "TLS_Client_Min_Version", NULL, NONE, "host: lowest TLS version")
PARAM(BOOL, "Phone-UI-User-Mode", "No", NONE, "host: the phone's menu honours `ua`")
SYNONYM("Phone-UI-user-mode", "Phone-UI-User-Mode")

/* Lines */
PARAM(BOOL, "Auth_Resync-Reboot_n_", "Yes", PER_LINE,
      "a NOTIFY for resync or reboot needs a login")
PARAM(TEXT, "User_ID_n_", NULL, PER_LINE, "SIP user; $UIDn")
PARAM(TEXT, "Password_n_", NULL, PER_LINE | SECRET, "SIP password; also for the login of a NOTIFY")
PARAM(BOOL, "Use_Auth_ID_n_", "No", PER_LINE, "the name for authentication is Auth_ID_n_")
PARAM(TEXT, "Auth_ID_n_", NULL, PER_LINE, "name for authentication in place of User_ID_n_")
PARAM(TEXT, "Proxy_n_", NULL, PER_LINE, "SIP proxy of the line; realm of its challenges")
PARAM(TEXT, "Display_Name_n_", NULL, PER_LINE, "host: name shown to others")
PARAM_OF(ENUM, "Privacy_Header_n_", "Disabled", PER_LINE, "host: Privacy header of SIP messages",
         .choices = "Disabled|none|header|session|user|id", .max_line = 10)

/* Onboarding */
PARAM_OF(ENUM, "XSI_Authentication_Type", "Login Credentials", NONE,
         "which credentials XSI authentication uses",
         .choices = "Login Credentials|SIP Credentials")
PARAM(TEXT, "XSI_Host_Server", NULL, NONE, "host: server of the XSI services")
PARAM(TEXT, "Login_User_ID", NULL, NONE, "user of the XSI services, and for profiles")
PARAM(TEXT, "Login_Password", NULL, SECRET, "password of that user")
PARAM(BOOL, "Webex_Onboard_Enable", "Yes", NONE, "host: onboarding with Webex")
PARAM(TEXT, "Profile_Name", NULL, NONE, "SPA only; not used")
PARAM(TEXT, "Profile_Region", NULL, NONE, "SPA only; not used")
PARAM(TEXT, "SP_Default", NULL, NONE, "SPA only; not used")
PARAM(TEXT, "Recovery_URL", NULL, NONE, "SPA only; not used")
