using System.Net;
using RelayOperator.Relay.Authentication;
using RelayOperator.Relay.Smtp;

namespace RelayOperator.Relay.Server;

/// <summary>AUTH of one session (RFC 4954): whether it is offered or missing, the exchange, and what failures cost.</summary>
/// <param name="services">What all sessions share.</param>
/// <param name="listener">What the client came by, as it is served now.</param>
/// <param name="logger">Hears of failures; never of what was sent.</param>
public sealed partial class SessionLogin(SessionServices services, ServedListener listener, ILogger logger)
{
    /// <summary>EHLO offers AUTH; with SCRAM where <see cref="UserDirectory.OffersScram"/>.</summary>
    public UserDirectory? Offered(SessionFacts facts) => facts.Login is null && listener.Current.Users is { } users && IsSafe(users, facts) ? users : null;

    /// <summary>The refusal of a command that only authenticated clients may say (RFC 4954 §6); null where it may come.</summary>
    public SmtpReply? RefusalOf(SmtpVerb verb, SessionFacts facts) =>
        facts.Login is null
        && verb is SmtpVerb.Mail or SmtpVerb.Rcpt or SmtpVerb.Data or SmtpVerb.Bdat or SmtpVerb.Vrfy
        && listener.Current.Users is { Config.IsRequired: true }
            ? Replies.LoginNeeded
            : null;

    /// <summary>The refusal of AUTH; null where the exchange may begin.</summary>
    public SmtpReply? RefusalOfStart(SessionFacts facts, bool isExtended) =>
        listener.Current.Users is not { } users ? Replies.NoLogin
        : facts.Login is not null ? Replies.LoggedIn
        : !isExtended ? Replies.LoginNeedsEhlo
        : !IsSafe(users, facts) ? Replies.LoginNeedsTls
        : null;

    /// <summary>The user of a session as the configuration knows it now; null where it is no user any more.</summary>
    public ClientLogin? Renewed(ClientLogin login)
    {
        var user = listener.Current.Users?.Find(login.Name);
        return ReferenceEquals(user, login.User) ? login
            : user is null && !login.IsTold ? null
            : login with { User = user };
    }

    /// <summary>Who a proxy says has authenticated with it.</summary>
    public ClientLogin Told(string name) => new(name, listener.Current.Users?.Find(name), IsTold: true);

    /// <summary>Goes through an exchange.</summary>
    /// <param name="facts">What is known of the client.</param>
    /// <param name="argument">What follows AUTH.</param>
    /// <param name="ask">Sends a challenge, and gives the client's line; null where there will be none.</param>
    /// <param name="gone">Cancelled when the client goes away.</param>
    public async ValueTask<LoginResult> RunAsync(
        SessionFacts facts, string argument, Func<SmtpReply, ValueTask<ResponseLine?>> ask, Func<CancellationToken> gone)
    {
        var words = argument.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length is not (1 or 2))
        {
            return new LoginResult(Replies.LoginSyntax);
        }

        var users = listener.Current.Users;
        var name = words[0].ToUpperInvariant();
        if (users is null || Mechanism(users, name) is not { } mechanism)
        {
            services.Metrics.Login(facts.Listener, "other", "malformed");
            return new LoginResult(Replies.UnknownMechanism);
        }

        await WaitAsync(services.LoginFailures.BeforeLogin(facts.Client), gone);
        var line = words.Length == 2 ? new ResponseLine(words[1] == "=" ? "" : words[1], null) : await ask(Challenge(mechanism.Prompt));
        while (line is { } told)
        {
            if (told.Fault is not null || told.Text == "*")
            {
                services.Metrics.Login(facts.Listener, name, told.Fault is null ? "cancelled" : "malformed");
                return new LoginResult(told.Fault ?? Replies.LoginCancelled);
            }

            var step = SaslText.Decode(told.Text) is { } octets ? mechanism.Take(octets) : SaslStep.Malformed;
            switch (step.Kind)
            {
                case SaslStepKind.Challenge:
                    line = await ask(Challenge(step.Challenge));
                    break;
                case SaslStepKind.Check:
                    return await CheckAsync(facts, users, name, step, gone);
                case SaslStepKind.Succeeded:
                    return Succeeded(facts, users, name, step.Name);
                default:
                    return await FailedAsync(facts, name, step.Kind == SaslStepKind.Malformed, gone);
            }
        }

        services.Metrics.Login(facts.Listener, name, "closed");
        return new LoginResult(null);
    }

    private static SmtpReply Challenge(ReadOnlyMemory<byte> octets) => new(334, default, Convert.ToBase64String(octets.Span));

    private static ISaslMechanism? Mechanism(UserDirectory users, string name) => name switch
    {
        PlainMechanism.Name => new PlainMechanism(),
        LoginMechanism.Name => new LoginMechanism(),
        ScramMechanism.Name when users.OffersScram => new ScramMechanism(users.VerifierOf, ScramMechanism.NewNonce()),
        _ => null,
    };

    private static bool IsSafe(UserDirectory users, SessionFacts facts) => facts.Tls is not null || users.Config.AllowPlaintext;

    private async ValueTask<LoginResult> CheckAsync(SessionFacts facts, UserDirectory users, string mechanism, SaslStep step, Func<CancellationToken> gone)
    {
        PasswordVerdict verdict;
        try
        {
            verdict = await services.Passwords.CheckAsync(users, step.Name, step.Password, gone());
        }
        catch (OperationCanceledException)
        {
            services.Metrics.Login(facts.Listener, mechanism, "closed");
            return new LoginResult(null);
        }

        switch (verdict)
        {
            case PasswordVerdict.Right:
                return Succeeded(facts, users, mechanism, step.Name);
            case PasswordVerdict.Busy:
                services.Metrics.Login(facts.Listener, mechanism, "busy");
                return new LoginResult(Replies.LoginBusy);
            default:
                return await FailedAsync(facts, mechanism, isMalformed: false, gone);
        }
    }

    private LoginResult Succeeded(SessionFacts facts, UserDirectory users, string mechanism, string name)
    {
        services.LoginFailures.Succeeded(facts.Client);
        services.Metrics.Login(facts.Listener, mechanism, "ok");
        return new LoginResult(Replies.LoginOk) { Login = new ClientLogin(name, users.Find(name)) };
    }

    private async ValueTask<LoginResult> FailedAsync(SessionFacts facts, string mechanism, bool isMalformed, Func<CancellationToken> gone)
    {
        var (wait, isLast) = services.LoginFailures.Failed(facts.Client);
        services.Metrics.Login(facts.Listener, mechanism, isMalformed ? "malformed" : "failed");
        LoginFailed(logger, facts.Client, mechanism, facts.Listener);
        await WaitAsync(wait, gone);
        return isLast ? new LoginResult(Replies.TooManyLogins) { IsLast = true }
            : new LoginResult(isMalformed ? Replies.BadResponse : Replies.BadLogin);
    }

    private Task WaitAsync(TimeSpan time, Func<CancellationToken> gone) => time <= TimeSpan.Zero
        ? Task.CompletedTask
        : Task.Delay(time, services.Sweep.Time, gone()).ContinueWith(
            static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    // Neither the name: whoever mixes up the fields types the password there.
    [LoggerMessage(1008, LogLevel.Information, "{Client} failed to authenticate by {Mechanism} at listener {Listener}")]
    private static partial void LoginFailed(ILogger logger, IPAddress client, string mechanism, string listener);
}
