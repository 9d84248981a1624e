using RelayOperator.Api.Config;

namespace RelayOperator.Api.Checks;

/// <summary>
/// What the resources can say and this version of the relay does not do yet. Each is refused, because serving a pool
/// without its TLS, its users or its spool would be worse than not serving it.
/// </summary>
internal static class UnservedFeatures
{
    private const string NotServed = "not served by this version of relay";

    /// <summary>Of a relay that serves a file.</summary>
    public static IEnumerable<Func<RelayPool, IEnumerable<Finding>>> All { get; } = [Listeners, Access, Spool, StoreAndForward];

    /// <summary>Of the pods of a cluster. Their image may be a later one: whether there is a spool, they tell the operator themselves.</summary>
    public static IEnumerable<Func<RelayPool, IEnumerable<Finding>>> InPods { get; } = [Listeners, Access, StoreAndForward];

    private static IEnumerable<Finding> Listeners(RelayPool pool)
    {
        for (var i = 0; i < pool.Spec.Listeners.Length; i++)
        {
            var (listener, at) = (pool.Spec.Listeners[i], $"spec.listeners[{i}]");
            if (listener.Protocol == ListenerProtocol.SMTPS)
            {
                yield return new($"{at}.protocol", "SMTPS", $"SMTP; TLS towards clients is {NotServed}");
            }

            if (listener.Tls.Mode != ListenerTlsMode.Disabled)
            {
                yield return new($"{at}.tls.mode", $"{listener.Tls.Mode}", $"Disabled; TLS towards clients is {NotServed}");
            }

            if (listener.Auth.Mode != ListenerAuthMode.Disabled)
            {
                yield return new($"{at}.auth.mode", $"{listener.Auth.Mode}", $"Disabled; authentication of clients is {NotServed}");
            }

            if (listener.ProxyProtocol.Mode != ProxyProtocolMode.Disabled)
            {
                yield return new($"{at}.proxyProtocol.mode", $"{listener.ProxyProtocol.Mode}", $"Disabled; the PROXY protocol is {NotServed}");
            }
        }
    }

    private static IEnumerable<Finding> Access(RelayPool pool)
    {
        for (var i = 0; i < pool.Spec.Access.Length; i++)
        {
            if (pool.Spec.Access[i].RequireAuth)
            {
                yield return new($"spec.access[{i}].requireAuth", "true", $"false; authentication of clients is {NotServed}");
            }
        }
    }

    private static IEnumerable<Finding> Spool(RelayPool pool)
    {
        if (pool.Spec.Spool is not null)
        {
            yield return new("spec.spool", "a spool", $"no spool; spools are {NotServed}");
        }
    }

    private static IEnumerable<Finding> StoreAndForward(RelayPool pool)
    {
        if (pool.Spec.Delivery.Mode == DeliveryMode.StoreAndForward)
        {
            yield return new("spec.delivery.mode", "StoreAndForward", $"CutThrough; StoreAndForward is {NotServed}");
        }
    }
}
