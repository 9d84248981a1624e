using RelayOperator.Api;

namespace RelayOperator.Operator.Status;

/// <summary>What a check says of its condition, before there is a time to it.</summary>
/// <param name="Status">Whether it holds.</param>
/// <param name="Reason">Why, as one word for programs.</param>
/// <param name="Message">Why, for people.</param>
public sealed record Verdict(ConditionStatus Status, string Reason, string Message)
{
    public static Verdict True(string reason, string message) => new(ConditionStatus.True, reason, message);

    public static Verdict False(string reason, string message) => new(ConditionStatus.False, reason, message);

    public static Verdict Unknown(string reason, string message) => new(ConditionStatus.Unknown, reason, message);
}
