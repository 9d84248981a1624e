namespace RelayOperator.Api.Checks;

/// <summary>
/// What the resources can say and this version of the relay does not do yet. Each is refused, because serving a pool
/// without its users or its proxies would be worse than not serving it.
/// </summary>
internal static class UnservedFeatures
{
    private const string NotServed = "not served by this version of relay";

    public static IEnumerable<Func<RelayPool, IEnumerable<Finding>>> All { get; } = [Listeners, Access];

    private static IEnumerable<Finding> Listeners(RelayPool pool)
    {
        for (var i = 0; i < pool.Spec.Listeners.Length; i++)
        {
            var (listener, at) = (pool.Spec.Listeners[i], $"spec.listeners[{i}]");
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
}
