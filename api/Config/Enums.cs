namespace RelayOperator.Api.Config;

/// <summary>How a listener begins a session: in the clear (STARTTLS possible), or TLS at once.</summary>
public enum ListenerProtocol { SMTP, SMTPS }

/// <summary>A version of TLS towards clients.</summary>
public enum TlsVersion { Tls12, Tls13 }

/// <summary>What is done with a line that ends in a bare CR or a bare LF inside a message, and with NUL there.</summary>
public enum BareLineEndings { Reject, Normalize }

/// <summary>How a HubTransport's host becomes addresses.</summary>
public enum HubDiscovery { Static, DnsAddresses, DnsMx, DnsSrv }

/// <summary>What an administrator wants of a hub: all mail, only what is in flight, or nothing, not even probes.</summary>
public enum HubAdministrativeState { Active, Draining, Disabled }

/// <summary>TLS towards a hub: none, STARTTLS if offered (unverified), STARTTLS required, TLS at once (both verified).</summary>
public enum HubTlsMode { Disabled, Opportunistic, Required, Implicit }

/// <summary>SASL mechanism towards a hub; Auto takes the strongest that both sides know.</summary>
public enum SaslMechanismName { Auto, Plain, Login, Ntlm, ScramSha1, ScramSha256, XOAuth2 }

/// <summary>How one of the available hubs is chosen.</summary>
public enum BalancingPolicy { LeastLoaded, RoundRobin, ClientHash }

/// <summary>How far a probe goes before it says QUIT; each depth includes the ones before it.</summary>
public enum ProbeDepth { Connect, Ehlo, Tls, Auth, Recipient }

/// <summary>Whether a client's 250 is the hub's (CutThrough) or the spool's (StoreAndForward).</summary>
public enum DeliveryMode { CutThrough, StoreAndForward }

/// <summary>Who is told about mail that could not be delivered.</summary>
public enum NotificationMode { Sender, Postmaster, None }
