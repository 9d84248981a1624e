using RelayOperator.Relay.Access;
using RelayOperator.Relay.Authentication;
using RelayOperator.Relay.Smtp;
using RelayOperator.Relay.TransportSecurity;

namespace RelayOperator.Relay.Server;

/// <summary>
/// Who the client of a session is: as it arrived, and by what it has told since with EHLO, STARTTLS, AUTH and XCLIENT.
/// Each of these takes back what must not count any more.
/// </summary>
/// <param name="services">What all sessions share.</param>
/// <param name="listener">What it came by.</param>
/// <param name="arrived">What was known of it when it came.</param>
/// <param name="place">Its place under the limits; moves with it.</param>
/// <param name="login">AUTH.</param>
public sealed class SessionClient(SessionServices services, ServedListener listener, SessionFacts arrived, ClientPlace place, SessionLogin login)
{
    private readonly bool _mayIntroduce = listener.Current.Introducers.Hold(arrived.Client);
    private readonly SessionFacts _arrived = arrived;
    private string? _toldHelo;

    public SessionFacts Facts { get; private set; } = arrived;

    /// <summary>How it names itself; "" before EHLO or HELO.</summary>
    public string Helo { get; private set; } = "";

    /// <summary>It said EHLO.</summary>
    public bool IsExtended { get; private set; }

    /// <summary>It says EHLO or HELO; a name that a proxy told for it stays.</summary>
    public void Greets(string name, bool isExtended) => (Helo, IsExtended) = (_toldHelo ?? name, isExtended);

    /// <summary>What EHLO offers it.</summary>
    /// <param name="ehlo">The pool's own offers.</param>
    /// <param name="offersTls">STARTTLS may come.</param>
    public SmtpReply Offers(SmtpReply ehlo, bool offersTls)
    {
        ehlo = offersTls ? EhloReply.OfferingTls(ehlo) : ehlo;
        ehlo = login.Offered(Facts) is { } users ? EhloReply.OfferingLogin(ehlo, users.OffersScram) : ehlo;
        return _mayIntroduce ? EhloReply.OfferingXclient(ehlo) : ehlo;
    }

    /// <summary>From here on the session is that of another client, which has yet to say EHLO. The refusal of XCLIENT; null where it counts.</summary>
    /// <param name="argument">What XCLIENT told.</param>
    /// <param name="result">Whether the other client is admitted.</param>
    public SmtpReply? Introduces(string argument, out AdmissionResult result)
    {
        result = AdmissionResult.Admitted;
        if (!_mayIntroduce)
        {
            return Replies.XclientDenied;
        }

        if (!XclientCommand.TryParse(argument, out var told))
        {
            return Replies.XclientSyntax;
        }

        // Whoever it speaks for has not authenticated by its own login.
        Facts = Facts with { Login = told!.Login is null ? null : login.Told(told.Login) };
        if (told.Client is not null || told.IsUnknown)
        {
            Facts = told.Client is { } client
                ? Facts with { Client = client, ClientText = client.ToString(), IsUnknown = false }
                : Facts with { IsUnknown = true };
            // Its certificate speaks for who showed it, not for whom that speaks for.
            Facts = Facts with { Tls = Facts.Tls?.WithoutCertificate() };
            result = TakePlace(mayLackRule: Facts.IsUnknown);
        }

        (_toldHelo, Helo, IsExtended) = (told.Helo ?? _toldHelo, "", false);
        return null;
    }

    /// <summary>RFC 3207 §4.2: of what was said before TLS nothing counts, an introduction neither.</summary>
    public AdmissionResult Secures(TlsFacts? tls)
    {
        var wasIntroduced = !Facts.Client.Equals(_arrived.Client) || Facts.IsUnknown != _arrived.IsUnknown;
        Facts = _arrived with { Tls = tls };
        (_toldHelo, Helo, IsExtended) = (null, "", false);
        return wasIntroduced ? TakePlace(mayLackRule: true) : AdmissionResult.Admitted;
    }

    public void LogsIn(ClientLogin user) => Facts = Facts with { Login = user };

    /// <summary>The user as the configuration knows it now; the refusal of MAIL where it is none any more.</summary>
    public SmtpReply? RenewLogin()
    {
        if (Facts.Login is not { } user || login.Renewed(user) is var renewed && ReferenceEquals(renewed, user))
        {
            return null;
        }

        Facts = Facts with { Login = renewed };
        return login.RefusalOf(SmtpVerb.Mail, Facts);
    }

    private AdmissionResult TakePlace(bool mayLackRule)
    {
        var pool = services.Pool.Current;
        return place.Take(Facts.Client, pool.RuleOf(Facts), mayLackRule, pool.Config.Limits);
    }
}
