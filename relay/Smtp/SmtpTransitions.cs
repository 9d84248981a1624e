namespace RelayOperator.Relay.Smtp;

/// <summary>The protocol's order: which command may come in which state, and what is said where it may not.</summary>
public static class SmtpTransitions
{
    private const SmtpReply? Go = null;
    private static readonly SmtpReply Helo = new(503, 5, 5, 1, "Say HELO or EHLO first");
    private static readonly SmtpReply Nest = new(503, 5, 5, 1, "A transaction is open, RSET ends it");
    private static readonly SmtpReply Mail = new(503, 5, 5, 1, "Say MAIL first");
    private static readonly SmtpReply Rcpt = new(554, 5, 5, 1, "No valid recipients");
    private static readonly SmtpReply Bdat = new(503, 5, 5, 1, "BDAT is under way, only BDAT or RSET may follow");
    private static readonly SmtpReply Miss = new(502, 5, 5, 1, "Command not implemented");
    private static readonly SmtpReply What = Replies.UnknownCommand;

    /// <summary>Null where the command may come; otherwise the reply that refuses it.</summary>
    public static SmtpReply? Refusal(SessionState state, SmtpVerb verb) => Table(verb)[(int)state];

    private static SmtpReply?[] Table(SmtpVerb verb) => Rows[(int)verb];

#pragma warning disable SA1025, IDE0055 // The table is laid out to be read as one.
    private static readonly SmtpReply?[][] Rows =
    [
        //               Connected  Greeted  Mail   Recipients  Bdat
        /* Unknown  */ [ What,      What,    What,  What,       What ],
        /* Helo     */ [ Go,        Go,      Go,    Go,         Bdat ],
        /* Ehlo     */ [ Go,        Go,      Go,    Go,         Bdat ],
        /* Mail     */ [ Helo,      Go,      Nest,  Nest,       Bdat ],
        /* Rcpt     */ [ Helo,      Mail,    Go,    Go,         Bdat ],
        /* Data     */ [ Helo,      Mail,    Rcpt,  Go,         Bdat ],
        /* Bdat     */ [ Helo,      Mail,    Rcpt,  Go,         Go   ],
        /* Rset     */ [ Go,        Go,      Go,    Go,         Go   ],
        /* Noop     */ [ Go,        Go,      Go,    Go,         Go   ],
        /* Vrfy     */ [ Go,        Go,      Go,    Go,         Bdat ],
        /* Expn     */ [ Miss,      Miss,    Miss,  Miss,       Miss ],
        /* Help     */ [ Go,        Go,      Go,    Go,         Bdat ],
        /* Quit     */ [ Go,        Go,      Go,    Go,         Go   ],
        /* StartTls */ [ Helo,      Go,      Nest,  Nest,       Bdat ],
        /* Auth     */ [ Helo,      Go,      Nest,  Nest,       Bdat ],
        /* Xclient  */ [ Go,        Go,      Nest,  Nest,       Bdat ],
        /* Proxy    */ [ Go,        Go,      Go,    Go,         Go   ],
    ];
#pragma warning restore SA1025, IDE0055
}
