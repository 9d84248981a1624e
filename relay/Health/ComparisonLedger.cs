using System.Runtime.CompilerServices;
using RelayOperator.Relay.Hubs;

namespace RelayOperator.Relay.Health;

/// <summary>
/// Compares hubs by the same mail: one that refuses, so many times in a row and from at least two senders, what another
/// one then takes is broken, whatever its codes say.
/// </summary>
public sealed class ComparisonLedger(EjectionGuard ejections)
{
    // Weak, so that a hub which DNS no longer names is not kept by its record.
    private readonly ConditionalWeakTable<Hub, Streak> _streaks = [];

    /// <summary>The hub refused a transaction that was delivered elsewhere.</summary>
    public void Record(Hub hub, string sender)
    {
        var streak = _streaks.GetValue(hub, static _ => new Streak());
        lock (streak)
        {
            streak.Count++;
            streak.TwoSenders |= streak.FirstSender is not null && streak.FirstSender != sender;
            streak.FirstSender ??= sender;
            if (!streak.TwoSenders || streak.Count < hub.Health.Config.Ejection.Failures)
            {
                return;
            }
        }

        if (ejections.Outvoted(hub, "refuses mail that other hubs take"))
        {
            Accepted(hub);
        }
    }

    /// <summary>The hub delivered something.</summary>
    public void Accepted(Hub hub)
    {
        if (_streaks.TryGetValue(hub, out var streak))
        {
            lock (streak)
            {
                streak.Clear();
            }
        }
    }

    private sealed class Streak
    {
        public int Count { get; set; }

        public string? FirstSender { get; set; }

        public bool TwoSenders { get; set; }

        public void Clear() => (Count, FirstSender, TwoSenders) = (0, null, false);
    }
}
