using System.Globalization;

namespace RelayOperator.Relay.Tracking;

/// <summary>A point in time as somebody types it: ISO 8601, UTC where it names no zone, or an age such as 2h.</summary>
public readonly record struct TraceTime
{
    // More than all the time that dates know of.
    private const double LongestAge = 4e11;

    private readonly DateTimeOffset _point;
    private readonly TimeSpan? _age;

    private TraceTime(DateTimeOffset point, TimeSpan? age)
    {
        _point = point;
        _age = age;
    }

    public static bool TryParse(string text, out TraceTime time)
    {
        time = default;
        var unit = text.Length == 0 ? 0 : text[^1] switch { 's' => 1, 'm' => 60, 'h' => 3600, 'd' => 86_400, _ => 0 };
        if (unit != 0 && int.TryParse(text.AsSpan(..^1), NumberStyles.None, CultureInfo.InvariantCulture, out var count))
        {
            time = new TraceTime(default, TimeSpan.FromSeconds(Math.Min((double)count * unit, LongestAge)));
            return true;
        }

        var read = DateTimeOffset.TryParse(
            text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AllowWhiteSpaces, out var point);
        time = new TraceTime(point, age: null);
        return read;
    }

    /// <summary>The point that is meant, an age being counted back from <paramref name="now"/>.</summary>
    public DateTimeOffset At(DateTimeOffset now) =>
        _age is not { } age ? _point : age > now - DateTimeOffset.MinValue ? DateTimeOffset.MinValue : now - age;
}
